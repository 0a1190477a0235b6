# Captions for a gallery of training samples.
#
#   gallery … -o tiles.png >gallery.tsv
#   gnuplot -e "input='gallery.tsv'; tiles='tiles.png'; output='gallery.png'; label='phantom, demo'" experiments/plots/gallery.gp
#
# input   what `gallery` printed (TSV)
# tiles   the picture that it wrote
# output  the picture with captions (PNG)
# label   data set, profile and preset, printed above

if (!exists("input") || !exists("tiles") || !exists("output") || !exists("label")) {
  print "gallery.gp: error: set input, tiles, output and label, as its first lines show"
  exit status 2
}

# The lines as text: the comments are needed too.
set datafile separator "\001"
set datafile commentschars ""
set table $lines
plot input using (stringcolumn(1)) with table
unset table

tab = "\t"
after(text, mark) = substr(text, strstrt(text, mark) + strlen(mark), strlen(text))
before(text, mark) = strstrt(text, mark) > 0 ? substr(text, 1, strstrt(text, mark) - 1) : text
cell(line, k) = k == 1 ? before(line, tab) : cell(after(line, tab), k - 1)
number(line, k) = int(real(cell(line, k)))

width = 0
do for [i = 1:|$lines|] {
  if ($lines[i][1:11] eq "# picture: ") {
    width = int(real(word($lines[i], 3)))
    height = int(real(word($lines[i], 5)))
  }
}
if (width == 0) {
  print "gallery.gp: error: " . input . " does not say how large the picture is"
  exit status 65
}

# The picture keeps its pixels; the captions get a margin each.
left = 150
top = 56
below = 22
whole_width = left + width
whole_height = top + height + below
across(x) = 1.0 * (left + x) / whole_width
up(y) = 1.0 - 1.0 * (top + y) / whole_height

set encoding utf8
set terminal pngcairo size whole_width,whole_height font "sans,11" background "white"
set output output
set label 1 label at screen 0.5, up(-40) center font "sans,12" noenhanced
do for [i = 1:|$lines|] {
  line = trim($lines[i])
  if (line[1:1] ne "#") {
    # Titles stand above, cases beside, numbers below what they belong to.
    x = across(number(line, 3))
    y = up(number(line, 4))
    row = number(line, 1)
    column = number(line, 2)
    caption = cell(line, 5)
    if (row == 0) { set label i + 1 caption at screen x, up(-12) center noenhanced }
    if (row > 0 && column == 0) {
      set label i + 1 before(caption, " slice ") . "\nslice " . after(caption, " slice ") \
        at screen 0.5 * left / whole_width, y center noenhanced
    }
    # What was drawn stands under the row from the augmented image on.
    if (row > 0 && column == 2) { set label i + 1 caption at screen x, up(number(line, 4) + 12) left front noenhanced font "sans,10" }
    if (row > 0 && column > 2) { set label i + 1 caption at screen x, up(number(line, 4) + 12) center noenhanced }
  }
}
set lmargin at screen across(0)
set rmargin at screen across(width)
set tmargin at screen up(0)
set bmargin at screen up(height)
set xrange [-0.5:width - 0.5]
set yrange [-0.5:height - 0.5]
unset border
unset tics
unset key
set datafile separator
plot tiles binary filetype=png with rgbimage
