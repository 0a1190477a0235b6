# Figure 3: the number of negative entries of the gradient, pixel by pixel, of two trainings.
#
#   gradients model-1.run.h5 model-2.run.h5 --slices 2 >figure3.tsv
#   gnuplot -e "input='figure3.tsv'; output='figure3'; label='phantom, demo'" experiments/plots/signs.gp
#
# input   what `gradients` printed of runs (TSV); a file, since it is read once for each panel
# output  base name: writes <output>.png and <output>.svg
# label   data set, profile and preset, printed above the figure

if (!exists("input") || !exists("output") || !exists("label")) {
  print "signs.gp: error: set input, output and label, as its first lines show"
  exit status 2
}

# The different values of some columns, in order of appearance; blanks inside them become "_".
distinct(columns) = system(sprintf("awk -F '\t' '!/^#/ { k = %s; gsub(/ /, \"_\", k); if (!(k in s)) { s[k] = 1; print k } }' '%s'", columns, input))
runs = distinct('$1 "," $2')
epochs = distinct('$3')
slices = distinct('$4 "," $5')
size_y = 1 + int(system("awk -F '\t' '!/^#/ && $6 > n { n = $6 } END { print n + 0 }' '" . input . "'"))
size_x = 1 + int(system("awk -F '\t' '!/^#/ && $7 > n { n = $7 } END { print n + 0 }' '" . input . "'"))
most = int(system("awk -F '\t' '!/^#/ && $9 > n { n = $9 } END { print n + 0 }' '" . input . "'"))
classes = int(system("awk -F '\t' '!/^#/ && $8 > n { n = $8 } END { print n + 0 }' '" . input . "'"))
if (words(runs) == 0) {
  print "signs.gp: error: " . input . " holds no pixel of a run"
  exit status 65
}

# 0, 1, … negative entries: from light to dark, told apart in grey and by every kind of colour vision.
sign_colours = "#BBBBBB #F2F2F2 #E69F00 #B03A00 #5A0000 #000000"
# Background and classes.
label_colours = "#FFFFFF #56B4E9 #0072B2 #009E73 #CC79A7 #F0E442"
colour(list, n) = word(list, n + 1 > words(list) ? words(list) : n + 1)

# Of the comment "# classes: background, LV, RV", from 0.
class_name(k) = system(sprintf("awk -F ': ' -v k=%d '/^# classes: / { n = split(substr($0, 12), c, \", \"); if (k < n) print c[k + 1]; exit }' '%s'", k, input))

# One picture as points "x y red green blue": those of a run, epoch and slice; `value` is 8 (label) or 9.
picture(run, epoch, slice, value, list) = sprintf("< awk -F '\t' -v list='%s' 'function hex(t, i) { return 16 * (index(\"0123456789ABCDEF\", substr(t, i, 1)) - 1) + index(\"0123456789ABCDEF\", substr(t, i + 1, 1)) - 1 } BEGIN { n = split(list, c, \" \") } { r = $1 \",\" $2; s = $4 \",\" $5; gsub(/ /, \"_\", r); gsub(/ /, \"_\", s) } !/^#/ && r == \"%s\" && $3 == \"%s\" && s == \"%s\" { k = $%d + 1; if (k > n) k = n; print $7, $6, hex(c[k], 2), hex(c[k], 4), hex(c[k], 6) }' '%s'", list, run, epoch, slice, value, input)

set encoding utf8
set xrange [-0.5:size_x - 0.5]
set yrange [size_y - 0.5:-0.5]
set size ratio -1
unset tics
unset key
set border 15 linecolor "#888888" linewidth 0.6

# Panels side by side: the labels, then each run's epochs; positions are of the page, in points.
page_width = 504.0
columns = 1 + words(runs) * words(epochs)
gap = 5.0
run_gap = 9.0
panel_width = (page_width - 12 - (columns - 1) * gap - words(runs) * run_gap) / columns
panel_height = panel_width * size_y / size_x
top = 74.0
bottom = 48.0
page_height = top + bottom + words(slices) * (panel_height + gap)
x_of(column) = 6 + column * (panel_width + gap) + (column == 0 ? 0 : run_gap * (1 + (column - 1) / words(epochs)))
y_of(row) = page_height - top - (row + 1) * (panel_height + gap) + gap
place(column, row) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g", \
  x_of(column) / page_width, (x_of(column) + panel_width) / page_width, y_of(row) / page_height, (y_of(row) + panel_height) / page_height)
run_name(g) = sprintf("training %d", g)
centre(column) = (x_of(column) + panel_width / 2) / page_width
heading = 1 - (top - 9) / page_height
# Of a square and its name, in points: what text takes is not known, but nearly so.
key_width(name) = 28 + 5.2 * strlen(name)

do for [format in "png svg"] {
  if (format eq "png") {
    set terminal pngcairo size 1260,int(page_height * 2.5) font "sans,12" fontscale 2.1 linewidth 2.4 background "white"
  } else {
    set terminal svg size 504,int(page_height) font "sans,10" linewidth 1 background "white"
  }
  set output output . "." . format
  set multiplot
  set label 1 label at screen 0.5, 1 - 14 / page_height center font ",9" noenhanced
  set label 2 "labels" at screen centre(0), heading center font ",9"
  tag = 3
  do for [g = 1:words(runs)] {
    first = 1 + (g - 1) * words(epochs)
    set label tag run_name(g) at screen (centre(first) + centre(first + words(epochs) - 1)) / 2, 1 - (top - 28) / page_height center font ",9"
    tag = tag + 1
    do for [e = 1:words(epochs)] {
      set label tag "epoch " . word(epochs, e) at screen centre(first + e - 1), heading center font ",8"
      tag = tag + 1
    }
  }
  # The keys: a square and a name for each class, and for each count that occurs.
  keys = 0
  do for [row = 1:2] {
    last = row == 1 ? classes : most
    key_y = (row == 1 ? 29 : 12) / page_height
    array names[last + 1]
    wide = 0.0
    do for [n = 0:last] {
      names[n + 1] = row == 2 ? sprintf("%d%s", n, n == 1 ? " (correct)" : "") : class_name(n)
      if (names[n + 1] eq "") { names[n + 1] = sprintf("class %d", n) }
      wide = wide + key_width(names[n + 1])
    }
    title = row == 1 ? "labels:" : "negative entries:"
    x = 0.5 * (page_width - wide + key_width(title))
    set label tag title at screen (x - 8) / page_width, key_y right font ",9"
    tag = tag + 1
    do for [n = 0:last] {
      keys = keys + 1
      set object keys rectangle at screen (x + 5) / page_width, screen key_y size screen 10 / page_width, screen 9 / page_height \
        fillcolor rgb colour(row == 1 ? label_colours : sign_colours, n) fillstyle solid border linecolor "#888888"
      set label tag names[n + 1] at screen (x + 14) / page_width, key_y left font ",9" noenhanced
      tag = tag + 1
      x = x + key_width(names[n + 1])
    }
    undefine names
  }
  do for [s = 1:words(slices)] {
    eval(place(0, s - 1))
    plot picture(word(runs, 1), word(epochs, 1), word(slices, s), 8, label_colours) using 1:2:3:4:5 with rgbimage
    if (s == 1) { unset label; do for [n = 1:keys] { unset object n } }
    do for [g = 1:words(runs)] {
      do for [e = 1:words(epochs)] {
        eval(place((g - 1) * words(epochs) + e, s - 1))
        plot picture(word(runs, g), word(epochs, e), word(slices, s), 9, sign_colours) using 1:2:3:4:5 with rgbimage
      }
    }
  }
  unset multiplot
  unset output
}
