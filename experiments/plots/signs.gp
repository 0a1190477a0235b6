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

# Names come from files of anybody: the shell sees numbers only (the first run, the second …), and the path.
before(text, mark) = strstrt(text, mark) > 0 ? substr(text, 1, strstrt(text, mark) - 1) : text
after(text, mark) = substr(text, strstrt(text, mark) + strlen(mark), strlen(text))
escaped(text) = strstrt(text, "'") == 0 ? text : before(text, "'") . "'\\''" . escaped(after(text, "'"))
if (system("test -r '" . escaped(input) . "' && ! test -d '" . escaped(input) . "' && echo yes") ne "yes") {
  print "signs.gp: error: " . input . ": there is no such file, or it cannot be read"
  exit status 74
}
table = " '" . escaped(input) . "'"
awk(program) = system("awk -F '\t' '!/^#/ " . program . "'" . table)

# The different values of some columns, numbered in order of appearance: how many there are.
different(columns) = int(awk("{ k = " . columns . "; if (!(k in s)) { s[k] = 1; ++n } } END { print n + 0 }"))
runs = different("$1 \",\" $2")
slices = different("$4 \",\" $5")
# In order, also where the first run ended before the last of them.
epochs = system("awk -F '\t' '!/^#/ && !($3 in s) { s[$3] = 1; printf \"%d\\n\", $3 }'" . table . " | sort -n | paste -s -d ' '")
size_y = 1 + int(awk("&& $6 > n { n = $6 } END { print n + 0 }"))
size_x = 1 + int(awk("&& $7 > n { n = $7 } END { print n + 0 }"))
classes = int(awk("&& $8 > n { n = $8 } END { print n + 0 }"))
most = int(awk("&& $9 > n { n = $9 } END { print n + 0 }"))
if (runs == 0) {
  print "signs.gp: error: " . input . " holds no pixel of a run"
  exit status 65
}
label_epoch = int(awk("{ print $3; exit }"))

# 0, 1, … negative entries: from light to dark, told apart in grey and by every kind of colour vision.
sign_colours = "#BBBBBB #F2F2F2 #E69F00 #B03A00 #5A0000 #000000"
dark(n) = (n - 2) / (most - 2.0)
between(a, b, t) = int(a + (b - a) * t + 0.5)
shade(t) = t < 0.67 ? sprintf("#%02X%02X%02X", between(230, 90, t / 0.67), between(159, 0, t / 0.67), 0) : \
  sprintf("#%02X%02X%02X", between(90, 0, (t - 0.67) / 0.33), 0, 0)
if (most > 5) {
  sign_colours = "#BBBBBB #F2F2F2"
  do for [n = 2:most] { sign_colours = sign_colours . " " . shade(dark(n)) }
}
# Background and classes: colours that every kind of colour vision tells apart (Okabe and Ito's, Tol's), as
# many as there are; then hues that lie apart, each time darker or lighter.
label_colours = "#FFFFFF #56B4E9 #0072B2 #009E73 #CC79A7 #F0E442 #D55E00 #000000 #999999 #882255 #E69F00 #332288 #999933"
turn(n) = 0.618034 * n - floor(0.618034 * n)
do for [n = words(label_colours):classes] {
  label_colours = label_colours . sprintf(" #%06X", hsv2rgb(turn(n), n % 2 ? 0.95 : 0.55, n % 3 == 0 ? 0.45 : n % 3 == 1 ? 0.75 : 0.95))
}
colour(list, n) = word(list, n + 1)

# Of the comments "# class: background", one each, from 0.
class_names = system("sed -n '/^[^#]/q; s/^# class: //p'" . table)
item(list, k) = k == 0 ? before(list, "\n") : strstrt(list, "\n") == 0 ? "" : item(after(list, "\n"), k - 1)
class_name(k) = item(class_names, k) eq "" ? sprintf("class %d", k) : item(class_names, k)

# One picture as points "x y red green blue": those of a run and slice, by number, at an epoch; `value` is 8
# (label) or 9. Both are numbered as above, where a line begins another one.
number_lines = 'function number(k, seen) { if (!(k in seen)) seen[k] = ++seen[SUBSEP]; return seen[k] } ($1 "") != name || ($2 "") != seed { name = $1 ""; seed = $2 ""; r = number($1 "," $2, R) } ($4 "") != image || ($5 "") != z { image = $4 ""; z = $5 ""; s = number($4 "," $5, S) }'
picture(run, epoch, slice, value, list) = sprintf("< awk -F '\t' -v list='%s' -v run=%d -v epoch=%d -v slice=%d 'function hex(t, i) { return 16 * (index(\"0123456789ABCDEF\", substr(t, i, 1)) - 1) + index(\"0123456789ABCDEF\", substr(t, i + 1, 1)) - 1 } BEGIN { n = split(list, c, \" \"); for (k = 1; k <= n; ++k) c[k] = hex(c[k], 2) \" \" hex(c[k], 4) \" \" hex(c[k], 6) } /^#/ { next } %s r == run && $3 == epoch && s == slice { print $7 + 0, $6 + 0, c[$%d + 1] }'%s", list, run, epoch, slice, number_lines, value, table)
# Those that there are: " run,epoch,slice run,epoch,slice ".
reached = system("awk -F '\t' '/^#/ { next } " . number_lines . " { k = r \",\" $3 \",\" s; if (!(k in P)) { P[k] = 1; printf \" %s\", k } } END { print \" \" }'" . table)
is_reached(run, epoch, slice) = strstrt(reached, sprintf(" %d,%d,%d ", run, epoch, slice)) > 0

set encoding utf8
set xrange [-0.5:size_x - 0.5]
set yrange [size_y - 0.5:-0.5]
set size ratio -1
unset tics
unset key
set border 15 linecolor "#888888" linewidth 0.6

# Panels side by side: the labels, then each run's epochs; positions are of the page, in points.
page_width = 504.0
columns = 1 + runs * words(epochs)
gap = 5.0
run_gap = 9.0
panel_width = (page_width - 12 - (columns - 1) * gap - runs * run_gap) / columns
panel_height = panel_width * size_y / size_x
# The keys: a square and a name for each class, and for each count that occurs, on as many lines as they
# take; a name that is longer than a line goes on below. Widths in points: what text takes is not known, but
# nearly so.
key_width(name) = 28 + 5.4 * strlen(name)
longest = 70
most_entries = 4 + classes + most + strlen(class_names) / longest + classes
array entry_text[most_entries]
array entry_colour[most_entries]
array entry_line[most_entries]
array entry_x[most_entries]
array line_width[most_entries]
entries = 0
line = 0
do for [row = 1:2] {
  line = line + 1
  entries = entries + 1
  entry_text[entries] = row == 1 ? "labels:" : "negative entries:"
  entry_colour[entries] = ""
  entry_line[entries] = line
  entry_x[entries] = -10.0
  x = key_width(entry_text[entries]) - 16
  do for [n = 0:(row == 1 ? classes : most)] {
    name = row == 1 ? class_name(n) : sprintf("%d%s", n, n == 1 ? " (correct)" : "")
    do for [piece = 0:(strlen(name) - 1) / longest] {
      part = substr(name, piece * longest + 1, (piece + 1) * longest)
      if (x > 0 && (piece > 0 || x + key_width(part) > page_width - 12)) {
        line_width[line] = x
        line = line + 1
        x = 0
      }
      entries = entries + 1
      entry_text[entries] = part
      entry_colour[entries] = piece > 0 ? "" : colour(row == 1 ? label_colours : sign_colours, n)
      entry_line[entries] = line
      entry_x[entries] = x
      x = x + key_width(part)
    }
  }
  line_width[line] = x
}
key_x(n) = 0.5 * (page_width - line_width[entry_line[n]]) + entry_x[n]
top = 74.0
bottom = 14.0 + 17 * line
page_height = top + bottom + slices * (panel_height + gap)
x_of(column) = 6 + column * (panel_width + gap) + (column == 0 ? 0 : run_gap * (1 + (column - 1) / words(epochs)))
y_of(row) = page_height - top - (row + 1) * (panel_height + gap) + gap
place(column, row) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g", \
  x_of(column) / page_width, (x_of(column) + panel_width) / page_width, y_of(row) / page_height, (y_of(row) + panel_height) / page_height)
run_name(g) = sprintf("training %d", g)
centre(column) = (x_of(column) + panel_width / 2) / page_width
heading = 1 - (top - 9) / page_height
key_y(n) = (12 + 17 * (line - entry_line[n])) / page_height

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
  do for [g = 1:runs] {
    first = 1 + (g - 1) * words(epochs)
    set label tag run_name(g) at screen (centre(first) + centre(first + words(epochs) - 1)) / 2, 1 - (top - 28) / page_height center font ",9"
    tag = tag + 1
    do for [e = 1:words(epochs)] {
      set label tag "epoch " . word(epochs, e) at screen centre(first + e - 1), heading center font ",8"
      tag = tag + 1
    }
  }
  do for [n = 1:entries] {
    if (entry_colour[n] ne "") {
      set object n rectangle at screen (key_x(n) + 5) / page_width, screen key_y(n) size screen 10 / page_width, screen 9 / page_height \
        fillcolor rgb entry_colour[n] fillstyle solid border linecolor "#888888"
    }
    set label tag entry_text[n] at screen (key_x(n) + 14) / page_width, key_y(n) left font ",9" noenhanced
    tag = tag + 1
  }
  do for [s = 1:slices] {
    eval(place(0, s - 1))
    plot picture(1, label_epoch, s, 8, label_colours) using 1:2:3:4:5 with rgbimage
    if (s == 1) { unset label; unset object }
    do for [g = 1:runs] {
      do for [e = 1:words(epochs)] {
        eval(place((g - 1) * words(epochs) + e, s - 1))
        if (is_reached(g, int(word(epochs, e)), s)) {
          plot picture(g, int(word(epochs, e)), s, 9, sign_colours) using 1:2:3:4:5 with rgbimage
        } else {
          set label 1 "not\nreached" at graph 0.5, 0.5 center textcolor "#666666" font ",8"
          plot NaN
          unset label 1
        }
      }
    }
  }
  unset multiplot
  unset output
}
