# Figures 6 to 9: validation curves, mean over runs with the spread from lowest to highest run; of 8 runs and
# more the quartiles, since the range is then that of single runs.
#
#   curves runs/*.h5 | gnuplot -e "input='-'; output='figure7'; label='phantom, demo'" experiments/plots/curves.gp
#
# input   what `curves` printed (TSV); - is stdin
# output  base name: writes <output>.png and <output>.svg
# label   data set, profile and preset, printed above the figure

if (!exists("input") || !exists("output") || !exists("label")) {
  print "curves.gp: error: set input, output and label, as its first lines show"
  exit status 2
}

# The lines as text, read once: stdin cannot be read twice, and the comments are needed too. A command line
# that names hundreds of files is longer than gnuplot reads.
before(text, mark) = strstrt(text, mark) > 0 ? substr(text, 1, strstrt(text, mark) - 1) : text
after(text, mark) = substr(text, strstrt(text, mark) + strlen(mark), strlen(text))
escaped(text) = strstrt(text, "'") == 0 ? text : before(text, "'") . "'\\''" . escaped(after(text, "'"))
if (input ne "-" && system("test -r '" . escaped(input) . "' && ! test -d '" . escaped(input) . "' && echo yes") ne "yes") {
  print "curves.gp: error: " . input . ": there is no such file, or it cannot be read"
  exit status 74
}
set datafile separator "\001"
set datafile commentschars ""
set table $lines
plot ("< cut -c 1-1000" . (input eq "-" ? "" : " '" . escaped(input) . "'")) using (stringcolumn(1)) with table
unset table

tab = "\t"
cell(line, k) = k == 1 ? before(line, tab) : cell(after(line, tab), k - 1)
# A curve per configuration, or per configuration and class.
curve(line) = cell(line, 1) . (cell(line, 2) eq "mean" ? "" : ", " . cell(line, 2))

# Whether a curve is of so many runs that its band is the quartiles. Older tables lack them.
with_quartiles = 0
most_runs(name) = sum [i = 1:|$lines|] (trim($lines[i])[1:1] ne "#" && curve(trim($lines[i])) eq name && real(cell(trim($lines[i]), 8)) >= 8 ? 1 : 0)

# What the comments say, and the curves' points: epoch, mean, band's ends; two blank lines between curves.
# A curve begins with its first value; where it has none further on, it is broken.
metric = "dice"
curves = tab
curve_count = 0
quartile_curves = 0
quartiles = 0
runs = 0
over_classes = 0
left_out = 0
set print $points
do for [i = 1:|$lines|] {
  line = trim($lines[i])
  if (line[1:10] eq "# metric: ") { metric = before(after(line, "metric: "), ";") }
  if (line[1:8] eq "# group" . tab) { with_quartiles = strstrt(line . tab, tab . "q1") > 0 }
  if (line[1:1] ne "#") {
    left_out = left_out + real(cell(line, 10))
    known = strstrt(curves, tab . curve(line) . tab) > 0
    defined = cell(line, 4) ne "nan"
    if (!known && defined) {
      if (curve_count > 0) { print ""; print "" }
      curves = curves . curve(line) . tab
      curve_count = curve_count + 1
      quartiles = with_quartiles && most_runs(curve(line)) > 0
      quartile_curves = quartile_curves + quartiles
    }
    over_classes = cell(line, 2) eq "mean"
    runs = real(cell(line, 8)) > runs ? real(cell(line, 8)) : runs
    if (defined) {
      print sprintf("%s %s %s %s", cell(line, 3), cell(line, 4), cell(line, quartiles ? 11 : 6), cell(line, quartiles ? 12 : 7))
    } else { if (known) {
      print sprintf("%s NaN NaN NaN", cell(line, 3))
    } }
  }
}
unset print
if (curve_count == 0) {
  print "curves.gp: error: " . input . " holds no point"
  exit status 65
}
set datafile separator whitespace
set datafile commentschars "#"

# Okabe and Ito's colours, told apart by every kind of colour vision, and dashes for print in grey. A curve has
# a colour and a dash that no other has.
if (curve_count > 35) {
  print sprintf("curves.gp: error: %s holds %d curves, more than the 35 that can be told apart: draw fewer", input, curve_count)
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

set encoding utf8
set xlabel "Epoch"
set ylabel metric eq "dice" ? "Dice coefficient" : \
           metric eq "hausdorff" ? "Hausdorff distance (mm)" : metric noenhanced
spread = quartile_curves == 0 ? "range" : quartile_curves == curve_count ? "quartiles" : "quartiles; range of fewer than 8 runs"
over = (over_classes ? "classes" : "") . (over_classes && runs > 1 ? " and " : "") . (runs > 1 ? sprintf("%d runs", runs) : "")
set title label . "\nvalidation" . (over eq "" ? "" : ", mean over " . over) . (runs > 1 ? " (shaded: " . spread . ")" : "") . (left_out > 0 ? "; classes without a value left out" : "") font ",9" noenhanced
set xrange [0:*]
# Both metrics begin at 0.
set yrange [0<*:*]
set offsets 0, 0, graph 0.02, 0
set border 3
set tics nomirror out
set format "%h"  # the usual one has a space for the sign: labels beside their ticks
set grid ytics linecolor "#DDDDDD" linewidth 0.8 linetype 1
set key outside bottom center horizontal Left reverse noenhanced samplen 5 width 1 height 0.8

do for [format in "png svg"] {
  if (format eq "png") {
    set terminal pngcairo size 1260,960 font "sans,12" fontscale 2.1 linewidth 2.4 dashlength 0.8 background "white"
  } else {
    set terminal svg size 504,384 font "sans,10" linewidth 1 background "white"
  }
  set output output . "." . format
  plot for [g = 1:curve_count] $points index g - 1 using 1:3:4 with filledcurves \
         fillstyle transparent solid 0.15 noborder linecolor rgb colour(g) notitle, \
       for [g = 1:curve_count] $points index g - 1 using 1:2 with linespoints \
         linetype dash(g) linewidth 1.6 pointtype 7 pointsize 0.35 linecolor rgb colour(g) title cell(curves, g + 1)
  unset output
}
