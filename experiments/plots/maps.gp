# Figure 1: a class's labels in one slice, and its region-wise maps.
#
#   map-slice --map active-contour --map boundary --map rectified hearts.h5 >figure1.tsv
#   gnuplot -e "input='figure1.tsv'; output='figure1'; label='phantom, demo'" experiments/plots/maps.gp
#
# input   what `map-slice` printed (TSV), with those three maps; - is stdin
# output  base name: writes <output>.png and <output>.svg
# label   data set, profile and preset, printed above the figure

if (!exists("input") || !exists("output") || !exists("label")) {
  print "maps.gp: error: set input, output and label, as its first lines show"
  exit status 2
}

# The lines as text, read once: stdin cannot be read twice, and the comments are needed too.
set datafile separator "\001"
set datafile commentschars ""
set table $lines
plot (input eq "-" ? "/dev/stdin" : input) using (stringcolumn(1)) with table
unset table

after(text, mark) = substr(text, strstrt(text, mark) + strlen(mark), strlen(text))
before(text, mark) = strstrt(text, mark) > 0 ? substr(text, 1, strstrt(text, mark) - 1) : text

place = ""
unit = "pixels"
columns = ""
do for [i = 1:(|$lines| < 12 ? |$lines| : 12)] {
  line = trim($lines[i])
  if (line[1:12] eq "# data set: ") {
    place = before(after(line, "; case: "), ";") . ", slice " . before(after(line, "; slice: "), ";")
    class = after(line, "; class: ")
  }
  if (strstrt(line, "\"name\":\"boundary\"") > 0 && strstrt(line, "\"unit\":\"mm\"") > 0) { unit = "mm" }
  if (line[1:4] eq "# y ") { columns = line }
}
if (columns ne "# y [px]\tx [px]\tlabel\tactive-contour\tboundary\trectified") {
  print "maps.gp: error: " . input . " does not hold the maps active-contour, boundary and rectified"
  exit status 65
}
set datafile separator whitespace
set datafile commentschars "#"

# Text once read is a table like any other; a blank line between rows makes it a grid.
set print $pixels
do for [i = 1:|$lines|] {
  line = trim($lines[i])
  if (line[1:1] ne "#") {
    if (strstrt(line, "\t0\t") == strstrt(line, "\t")) { print "" }
    print line
  }
}
unset print
set table $outline
set contour base
unset surface
set cntrparam levels discrete 0.5
splot $pixels using 2:1:3
unset table
unset contour
set surface
stats $pixels using 1 name "y" nooutput
stats $pixels using 2 name "x" nooutput
stats $pixels using 5 name "boundary" nooutput
reach = boundary_max > -boundary_min ? boundary_max : -boundary_min
reach = reach > 0 ? reach : 1

# From blue (negative) over white (0 in every panel) to orange, told apart by every kind of colour
# vision; labels in grey.
diverging = "set palette defined (-1 '#00417D', -0.5 '#4FA3DC', 0 '#FFFFFF', 0.5 '#F0A050', 1 '#A63A00')"
grey = "set palette defined (0 '#FFFFFF', 1 '#444444')"
set encoding utf8
set format "%h"
set xrange [-0.5:x_max + 0.5]
set yrange [y_max + 0.5:-0.5]
set size ratio -1
set border 15 linecolor "#888888" linewidth 0.6
unset tics
unset key
set cbtics nomirror scale 0.4 offset -0.6, 0 font ",9" textcolor rgb "black"

# Two columns and two rows of panels, as wide as the picture's form allows; positions are of the page.
page_width = 504.0
panel_width = 0.385
panel_height = panel_width * page_width * (y_max + 1) / (x_max + 1)
page_height = 2 * panel_height + 106
x_of(column) = column == 1 ? 0.015 : 0.51
y_of(row) = row == 1 ? (panel_height + 36) / page_height : 10 / page_height
high = panel_height / page_height
panel(column, row) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g; set colorbox user origin %g, %g size 0.018, %g", \
  x_of(column), x_of(column) + panel_width, y_of(row), y_of(row) + high, x_of(column) + panel_width + 0.012, y_of(row), high)

do for [format in "png svg"] {
  if (format eq "png") {
    set terminal pngcairo size 1260,int(page_height * 2.5) font "sans,12" fontscale 2.1 linewidth 2.4 background "white"
  } else {
    set terminal svg size 504,int(page_height) font "sans,10" linewidth 1 background "white"
  }
  set output output . "." . format
  set multiplot
  set label 1 label . "\n" . place at screen 0.5, 1 - 14 / page_height center font ",9" noenhanced
  eval(grey)
  eval(panel(1, 1))
  unset colorbox
  set cbrange [0:1]
  set title "(a) Label of " . class font ",10" offset 0, -0.7 noenhanced
  plot $pixels using 2:1:3 with image
  unset label 1
  eval(diverging)
  set cbrange [-1:1]
  eval(panel(2, 1))
  set title "(b) Active contour" font ",10" offset 0, -0.7 noenhanced
  plot $pixels using 2:1:4 with image
  eval(panel(2, 2))
  set title "(d) Rectified" font ",10" offset 0, -0.7 noenhanced
  plot $pixels using 2:1:6 with image
  set cbrange [-reach:reach]
  eval(panel(1, 2))
  set title "(c) Boundary (" . unit . ")" font ",10" offset 0, -0.7 noenhanced
  plot $pixels using 2:1:5 with image, $outline using 1:2 with lines linewidth 0.8 linecolor rgb "black"
  unset multiplot
  unset output
}
