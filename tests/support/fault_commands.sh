# The programs that write, for scripts that make writing fail: `source …/fault_commands.sh` makes their
# inputs, and command_of PROGRAM prints a command whose outputs are all below out/.
source "$source_folder/tests/support/tiny_study.sh"
tiny_train -o tiny.run.h5
# Images to segment: the segmentations of the validation cases serve as such.
evaluate tiny.run.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet --export scans -o scans.h5 >scans.tsv
command_of() {
  case $1 in
    prepare-data) echo "prepare-data phantom --patients 1 --seed 5 --quiet -o out/x.h5" ;;
    compute-maps) echo "compute-maps --map rectified hearts.h5 --quiet -o out/x.h5" ;;
    train)
      echo "train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet" \
        "--set epochs=6 --set iterations-per-epoch=4 --checkpoint-epochs 1 -o out/x.h5"
      ;;
    evaluate)
      echo "evaluate tiny.run.h5 --data hearts.h5 --no-mirroring --threads 1 --quiet" \
        "--export out/masks -o out/x.h5"
      ;;
    predict) echo "predict tiny.run.h5 scans --no-mirroring --threads 1 --quiet -o out/masks" ;;
    gallery) echo "gallery --data hearts.h5 --config tiny.json --count 2 --quiet -o out/x.png" ;;
  esac
}
