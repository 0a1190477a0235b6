# Figure 5: empirical distribution of the final value of many models, with its confidence band.
#
#   cdf runs/*.h5 | gnuplot -e "input='-'; output='figure5'; label='phantom, demo'" experiments/plots/cdf.gp
#
# input   what `cdf` printed (TSV); - is stdin
# output  base name: writes <output>.png and <output>.svg
# label   data set, profile and preset, printed above the figure
#
# Where a few models that lie far off would press all curves together, a second panel magnifies the range of
# the other 90 %.

if (!exists("input") || !exists("output") || !exists("label")) {
  print "cdf.gp: error: set input, output and label, as its first lines show"
  exit status 2
}

# The lines as text, read once: stdin cannot be read twice, and the comments are needed too. A command line
# that names hundreds of files is longer than gnuplot reads.
before(text, mark) = strstrt(text, mark) > 0 ? substr(text, 1, strstrt(text, mark) - 1) : text
after(text, mark) = substr(text, strstrt(text, mark) + strlen(mark), strlen(text))
escaped(text) = strstrt(text, "'") == 0 ? text : before(text, "'") . "'\\''" . escaped(after(text, "'"))
if (input ne "-" && system("test -r '" . escaped(input) . "' && ! test -d '" . escaped(input) . "' && echo yes") ne "yes") {
  print "cdf.gp: error: " . input . ": there is no such file, or it cannot be read"
  exit status 74
}
set datafile separator "\001"
set datafile commentschars ""
set table $lines
plot ("< cut -c 1-1000" . (input eq "-" ? "" : " '" . escaped(input) . "'")) using (stringcolumn(1)) with table
unset table

tab = "\t"
cell(line, k) = k == 1 ? before(line, tab) : cell(after(line, tab), k - 1)
number(line, k) = real(cell(line, k))

# What the comments say, and the groups in order of appearance.
metric = "dice"
confidence = 0.95
groups = tab
group_count = 0
row_count = 0
low = 1e300
high = -1e300
do for [i = 1:|$lines|] {
  line = trim($lines[i])
  if (line[1:10] eq "# metric: ") { metric = before(after(line, "metric: "), ";") }
  if (line[1:8] eq "# band: ") { confidence = real(after(line, "confidence: ")) }
  if (line[1:1] ne "#") {
    row_count = row_count + 1
    name = cell(line, 1)
    if (strstrt(groups, tab . name . tab) == 0) {
      groups = groups . name . tab
      group_count = group_count + 1
    }
    low = number(line, 2) < low ? number(line, 2) : low
    high = number(line, 2) > high ? number(line, 2) : high
  }
}
if (row_count == 0) {
  print "cdf.gp: error: " . input . " holds no step"
  exit status 65
}
margin = high > low ? 0.06 * (high - low) : 0.05
left = low - margin
right = high + margin
if (metric eq "dice") {
  left = left < 0 ? 0 : left
  right = right > 1 ? 1 : right
}

# The range that leaves out at most a tenth of the models at one end, where that is far shorter than the whole.
array values[row_count]
array models[row_count]
row = 0
name = ""
previous = 0.0
model_count = 0
do for [i = 1:|$lines|] {
  line = trim($lines[i])
  if (line[1:1] ne "#") {
    row = row + 1
    previous = cell(line, 1) eq name ? previous : 0.0
    name = cell(line, 1)
    values[row] = number(line, 2)
    models[row] = int((number(line, 3) - previous) * number(line, 6) + 0.5)
    previous = number(line, 3)
    model_count = model_count + models[row]
  }
}
zoom_low = low
zoom_high = high
do for [i = 1:row_count] {
  below = 0
  above = 0
  do for [k = 1:row_count] {
    below = below + (values[k] < values[i] ? models[k] : 0)
    above = above + (values[k] > values[i] ? models[k] : 0)
  }
  if (10 * below <= model_count && values[i] > zoom_low) { zoom_low = values[i] }
  if (10 * above <= model_count && values[i] < zoom_high) { zoom_high = values[i] }
}
shortest = 0.4 * (high - low)
zoomed = high - zoom_low < shortest || zoom_high - low < shortest
if (high - zoom_low <= zoom_high - low) { zoom_high = high } else { zoom_low = low }
zoom_margin = zoom_high > zoom_low ? 0.06 * (zoom_high - zoom_low) : 0.02 * (high - low)

# The corners of each group's steps: value, fraction, lower, upper; two blank lines between groups.
# Left of the first step the band is as wide as right of the last.
sizes = ""
set print $corners
do for [g = 1:group_count] {
  name = cell(groups, g + 1)
  fraction = 0
  lower = 0
  do for [i = 1:|$lines|] {
    line = trim($lines[i])
    if (line[1:1] ne "#" && cell(line, 1) eq name) { last_lower = number(line, 4); n = cell(line, 6) }
  }
  upper = 1 - last_lower
  print sprintf("%.10g %.10g %.10g %.10g", left, fraction, lower, upper)
  do for [i = 1:|$lines|] {
    line = trim($lines[i])
    if (line[1:1] ne "#" && cell(line, 1) eq name) {
      print sprintf("%.10g %.10g %.10g %.10g", number(line, 2), fraction, lower, upper)
      fraction = number(line, 3)
      lower = number(line, 4)
      upper = number(line, 5)
      print sprintf("%.10g %.10g %.10g %.10g", number(line, 2), fraction, lower, upper)
    }
  }
  print sprintf("%.10g %.10g %.10g %.10g", right, fraction, lower, upper)
  print ""
  print ""
  sizes = sizes . n . " "
}
unset print
set datafile separator whitespace
set datafile commentschars "#"

# Okabe and Ito's colours, told apart by every kind of colour vision, and dashes for print in grey. A curve has
# a colour and a dash that no other has.
if (group_count > 35) {
  print sprintf("cdf.gp: error: %s holds %d configurations, more than the 35 that can be told apart: draw fewer", input, group_count)
  exit status 65
}
colours = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000"
colour(g) = word(colours, 1 + (g - 1) % words(colours))
set linetype 1 dashtype solid
set linetype 2 dashtype (12, 6)
set linetype 3 dashtype (3, 4)
set linetype 4 dashtype (14, 5, 3, 5)
set linetype 5 dashtype (10, 4, 3, 4, 3, 4)
dash(g) = 1 + (g - 1) % 5

name = metric eq "dice" ? "Dice" : metric eq "hausdorff" ? "HD" : metric
# Text as it is, not as markup of enhanced text.
literal(text) = text eq "" ? "" : (strstrt("{}^_@&~\\", text[1:1]) > 0 ? "\\" : "") . text[1:1] . literal(text[2:*])
name = literal(name)
x_label = (metric eq "dice" ? "Dice coefficient {/:Italic d}" : metric eq "hausdorff" ? "Hausdorff distance {/:Italic d} (mm)" : name . " {/:Italic d}")
y_label = "Fraction of models with " . name . " ≤ {/:Italic d}"
# More than two bands would hide one another; all are as wide as the number of models says.
shaded = group_count <= 2
fewest = real(word(sizes, 1))
alike = 1
do for [g = 1:words(sizes)] {
  n = real(word(sizes, g))
  alike = alike && n == real(word(sizes, 1))
  fewest = n < fewest ? n : fewest
}
half_width = sqrt(log(2 / (1 - confidence)) / (2 * fewest))
heading = label . (shaded ? sprintf("\nshaded: %g %% confidence band", 100 * confidence) : \
  sprintf("\n%g %% confidence band of each: ±%.2f%s", 100 * confidence, half_width, alike ? "" : " or less"))
set yrange [0:1.02]
set ytics 0.2
set border 3
set tics nomirror out
set format "%h"  # the usual one has a space for the sign: labels beside their ticks
set grid ytics linecolor "#DDDDDD" linewidth 0.8 linetype 1
set key outside bottom center horizontal Left reverse noenhanced samplen 5 width 1 height 0.8

# With a second panel positions are of the page, in points; the key has a line for each curve.
page_width = 504.0
page_height = zoomed ? 300.0 + 16 * group_count : 384.0
panel_top = page_height - 66
panel_bottom = panel_top - 172
panel_left(p) = p == 1 ? 62.0 : 224.0
panel_right(p) = p == 1 ? 196.0 : 490.0
# The round step with which a range has no more than so many ticks.
rounded(raw, size) = size * (raw / size <= 1 ? 1 : raw / size <= 2 ? 2 : raw / size <= 5 ? 5 : 10)
step(range, most) = rounded(1.0 * range / most, 10.0 ** floor(log10(1.0 * range / most)))
curve_title(g) = sprintf("%s (n = %s)", cell(groups, g + 1), word(sizes, g))

set encoding utf8
do for [format in "png svg"] {
  if (format eq "png") {
    set terminal pngcairo size 1260,int(2.5 * page_height) font "sans,12" fontscale 2.1 linewidth 2.4 dashlength 0.8 background "white"
  } else {
    set terminal svg size 504,int(page_height) font "sans,10" linewidth 1 background "white"
  }
  set output output . "." . format
  if (zoomed) {
    set multiplot
    set label 1 heading at screen 0.5, screen 1 - 16 / page_height center font ",9" noenhanced
    set label 2 x_label at screen 0.5 * (panel_left(1) + panel_right(2)) / page_width, screen (panel_bottom - 38) / page_height center
    set key at screen 0.5, screen (panel_bottom - 48) / page_height center top vertical maxcols 1
  } else {
    set title heading font ",9" noenhanced
    set xlabel x_label
  }
  set ylabel y_label
  do for [p = 1:(zoomed ? 2 : 1)] {
    if (zoomed) {
      set lmargin at screen panel_left(p) / page_width
      set rmargin at screen panel_right(p) / page_width
      set bmargin at screen panel_bottom / page_height
      set tmargin at screen panel_top / page_height
      set title (p == 1 ? "all models" : "magnified: " . (zoom_low > low ? "above the lowest" : "below the highest") . " 10 %") font ",9" offset 0,-0.6
      set xtics step(p == 1 ? right - left : zoom_high - zoom_low + 2 * zoom_margin, p == 1 ? 3 : 6)
    }
    from = p == 1 ? left : zoom_low - zoom_margin
    to = p == 1 ? right : zoom_high + zoom_margin
    set xrange [from:to]
    plot for [g = 1:(shaded ? group_count : 0)] $corners index g - 1 using 1:3:4 with filledcurves \
           fillstyle transparent solid 0.15 noborder linecolor rgb colour(g) notitle, \
         for [g = 1:group_count] $corners index g - 1 using 1:2 with lines \
           linetype dash(g) linewidth 1.6 linecolor rgb colour(g) title curve_title(g)
    # What stands once.
    if (zoomed) {
      unset label
      unset key
      unset ylabel
      set format y ""
    }
  }
  if (zoomed) {
    unset multiplot
    set format "%h"
    set key
  }
  unset output
}
