# Figures 2 and 4: gradients over the softmax simplex of three classes, as triangles.
#
#   { gradients --z 12,4,-3; echo; echo; gradients --z 10,10,-3; } >figure2.tsv
#   gnuplot -e "input='figure2.tsv'; output='figure2'; label='paper'" experiments/plots/gradients.gp
#
# input   what `gradients` printed (TSV), several tables with two blank lines between; - is stdin.
#         A row of three triangles, one a class, for each table. With a line `# show: 1` anywhere one
#         row with a triangle of class 1 for each table, and where the region-wise loss is flat marked.
#         `# title: …` in a table stands above it.
# output  base name: writes <output>.png and <output>.svg
# label   printed above the figure

if (!exists("input") || !exists("output") || !exists("label")) {
  print "gradients.gp: error: set input, output and label, as its first lines show"
  exit status 2
}

# The lines as text, read once: stdin cannot be read twice, and the comments are needed too. Blank
# lines are lost, but each table begins with its command.
set datafile separator "\001"
set datafile commentschars ""
set table $lines
plot (input eq "-" ? "/dev/stdin" : input) using (stringcolumn(1)) with table
unset table

tab = "\t"
after(text, mark) = substr(text, strstrt(text, mark) + strlen(mark), strlen(text))
before(text, mark) = strstrt(text, mark) > 0 ? substr(text, 1, strstrt(text, mark) - 1) : text
cell(line, k) = k == 1 ? before(line, tab) : cell(after(line, tab), k - 1)

# Text as it is, not as markup of enhanced text.
literal(text) = text eq "" ? "" : (strstrt("{}^_@&~\\", text[1:1]) > 0 ? "\\" : "") . text[1:1] . literal(text[2:*])

# Tables: title, z ("" for cross entropy), the share of negative gradients of each class. Points go to
# one list: corner 1 lower left, corner 2 lower right, corner 3 on top.
tables = 0
show = 0
complete = 1
array title[20]
array map[20]
array share1[20]
array share2[20]
array share3[20]
array reach[20]
array flat[20]
title[1] = ""
pending = ""
height = sqrt(3) / 2
y1_before = -1
set print $grid
do for [i = 1:|$lines|] {
  line = trim($lines[i])
  if (line[1:8] eq "# show: ") { show = int(real(after(line, ": "))) }
  if (line[1:9] eq "# title: ") { pending = literal(after(line, ": ")) }
  if (line[1:12] eq "# gradients ") {
    if (tables > 0) { print ""; print "" }
    tables = tables + 1
    title[tables] = pending
    map[tables] = ""
    reach[tables] = 0
    flat[tables] = ""
    y1_before = -1
    pending = ""
  }
  if (strstrt(line, "; z: ") > 0) { map[tables] = literal(after(line, "; z: ")) }
  if (strstrt(line, "where g1 < 0: ") > 0) { share1[tables] = real(after(line, "0: ")) }
  if (strstrt(line, "where g2 < 0: ") > 0) { share2[tables] = real(after(line, "0: ")) }
  if (strstrt(line, "where g3 < 0: ") > 0) { share3[tables] = real(after(line, "0: ")) }
  if (line[1:4] eq "# y1") { complete = complete && line eq "# y1\ty2\ty3\tg1\tg2\tg3\tnegatives" }
  if (line ne "" && line[1:1] ne "#") {
    y1 = real(cell(line, 1))
    y2 = real(cell(line, 2))
    y3 = real(cell(line, 3))
    # A row of the grid ends with its last point twice: the cells at the edge are then triangles.
    if (y1 != y1_before && y1_before >= 0) { print last; print "" }
    y1_before = y1
    last = sprintf("%.10g %.10g %s %s %s", y2 + y3 / 2, height * y3, cell(line, 4), cell(line, 5), cell(line, 6))
    print last
    do for [k = (show > 0 ? show : 1):(show > 0 ? show : 3)] {
      value = abs(real(cell(line, 3 + k)))
      reach[tables] = value > reach[tables] ? value : reach[tables]
    }
    if (abs(y1 - 0.5) < 1e-9 && abs(y2 - 0.25) < 1e-9) { flat[tables] = literal(cell(line, 4)) }
  }
}
unset print
if (tables == 0 || !complete) {
  print "gradients.gp: error: " . input . " holds no gradients of three classes"
  exit status 65
}
set datafile separator whitespace
set datafile commentschars "#"

minus(text) = text[1:1] eq "-" ? "−" . text[2:*] : text
z_of(t, k) = real(before(word(map[t], k), ","))
z_text(t) = sprintf("{/:Italic z} = [%s, %s, %s]", minus(before(word(map[t], 1), ",")), minus(before(word(map[t], 2), ",")), minus(word(map[t], 3)))
share(t, k) = k == 1 ? share1[t] : k == 2 ? share2[t] : share3[t]
# A share as a fraction where it is one of small numbers.
fraction(s) = (found = 0, sum [d = 2:40] (found == 0 && abs(s * d - floor(s * d + 0.5)) < 1e-9 ? (found = d, 0) : 0), \
  found > 0 ? sprintf("%d/%d", floor(s * found + 0.5), found) : sprintf("%.1f %%", 100 * s))
share_text(s) = s == 0 ? "nowhere < 0" : s == 1 ? "everywhere < 0" : "< 0 on " . fraction(s)

x_at(n) = n == 1 ? 0 : n == 2 ? 1 : 0.5
h_at(n) = n == 3 ? height : 0

set palette defined (-1 "#00417D", -0.5 "#4FA3DC", 0 "#FFFFFF", 0.5 "#F0A050", 1 "#A63A00")
set encoding utf8
set format "%h"
set view map
set pm3d map corners2color mean
set xrange [0:1]
set yrange [0:height]
unset border
unset xtics
unset ytics
unset key
set cbtics nomirror scale 0.4 offset -0.6, 0 font ",9"

# Sizes in points of the SVG; positions are of the page.
page_width = 504.0
side = show > 0 ? 160.0 : 112.0
columns = show > 0 ? tables : 3
rows = show > 0 ? 1 : tables
row_height = side * height + (show > 0 ? 74 : 80)
head = 34
page_height = head + rows * row_height
x_of(c) = (show > 0 ? 24 + (c - 1) * 252 : 26 + (c - 1) * (side + 36)) / page_width
y_of(r) = 1 - (head + r * row_height - 34) / page_height
wide = side / page_width
high = side * height / page_height
bar_x(c) = x_of(show > 0 ? c : 3) + wide + 24 / page_width
panel(c, r) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g; set colorbox user origin %g, %g size 0.018, %g", \
  x_of(c), x_of(c) + wide, y_of(r), y_of(r) + high, bar_x(c), y_of(r), high)

do for [format in "png svg"] {
  if (format eq "png") {
    set terminal pngcairo size 1260,int(page_height * 2.5) font "sans,12" fontscale 2.1 linewidth 2.4 dashlength 0.8 background "white"
  } else {
    set terminal svg size 504,int(page_height) font "sans,10" linewidth 1 background "white"
  }
  set output output . "." . format
  set multiplot
  do for [t = 1:tables] {
    do for [c = (show > 0 ? t : 1):(show > 0 ? t : 3)] {
      k = show > 0 ? show : c
      r = show > 0 ? 1 : t
      eval(panel(c, r))
      if (show == 0 && c < 3) { unset colorbox }
      set cbrange [-reach[t]:reach[t]]
      unset label
      if (c == 1 && r == 1) {
        set label 1 label at screen 0.5, 1 - 10 / page_height center font ",9" noenhanced
        set label 9 "corner {/:Italic k}: all of the softmax vector {/:Italic y} on class {/:Italic k}" at screen 0.5, 1 - 24 / page_height center font ",9"
      }
      set label 2 "1" at 0, 0 right offset -0.6, -0.2 font ",9"
      set label 3 "2" at 1, 0 left offset 0.6, -0.2 font ",9"
      set label 4 "3" at 0.5, height center offset 0, 0.6 font ",9"
      if (show > 0) {
        heading = title[t] . (map[t] eq "" ? "" : ", " . z_text(t))
        set label 5 heading at screen x_of(c) + wide / 2, y_of(r) + high + 26 / page_height center font ",10"
      } else {
        if (c == 1) { set label 5 title[t] . (title[t] eq "" ? "" : ", ") . z_text(t) at screen x_of(1) - 16 / page_width, y_of(r) + high + 28 / page_height left font ",10" }
      }
      set label 6 sprintf("∂{/:Italic L}/∂{/:Italic φ}_%d", k) at screen x_of(c) + wide / 2 + side * 0.34 / page_width, y_of(r) + high * 0.82 center font ",10"
      set print $frame
      print sprintf("0 0\n1 0\n0.5 %g\n0 0", height)
      unset print
      # What is dashed, and the point that is marked.
      set print $dashes
      print "NaN NaN"
      if (map[t] ne "" && show == 0) {
        set label 7 share_text(share(t, k)) at screen x_of(c) + wide / 2, y_of(r) - 18 / page_height center font ",9"
        # Where the sign changes: from corner k to the opposite edge between corners a and b.
        a = k == 1 ? 2 : 1
        b = k == 3 ? 2 : 3
        ya = z_of(t, a) == z_of(t, b) ? -1 : (z_of(t, k) - z_of(t, b)) / (z_of(t, a) - z_of(t, b))
        if (ya > 0 && ya < 1) {
          print sprintf("%g %g\n%g %g", x_at(k), h_at(k), ya * x_at(a) + (1 - ya) * x_at(b), ya * h_at(a) + (1 - ya) * h_at(b))
        }
      }
      marked = map[t] ne "" && show == 1 && flat[t] ne ""
      if (marked) {
        # y1 = 1/2 is half way from corner 1 to the other side.
        print sprintf("0.5 0\n0.25 %g", height / 2)
        set label 8 sprintf("+, dashes: %s where {/:Italic y}_1 = 1/2", minus(flat[t])) at screen x_of(c) + wide / 2, y_of(r) - 20 / page_height center font ",9"
      }
      unset print
      set print $point
      print marked ? sprintf("0.375 %g", height / 4) : "NaN NaN"
      unset print
      ink = show > 0 ? "white" : "black"
      splot $grid index t - 1 using 1:2:(column(2 + k)) with pm3d, \
            $frame using 1:2:(0) with lines linewidth 0.9 linecolor rgb "black", \
            $dashes using 1:2:(0) with lines dashtype (10, 6) linewidth 1.2 linecolor rgb ink, \
            $point using 1:2:(0) with points pointtype 1 pointsize 2.4 linewidth 1.2 linecolor rgb ink
    }
  }
  unset multiplot
  unset output
}
