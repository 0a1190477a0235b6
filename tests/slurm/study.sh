# A study through a real Slurm, started here from Debian's packages: make -j hands every step to srun; a
# job that is killed half way fails the study, and the same call completes it, with the bytes of a study
# that needed neither.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
for program in munged slurmctld slurmd srun; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || skip "Slurm is not installed (scripts/deps.sh slurm)"
done
[ "$(id -u)" = 0 ] || skip "Slurm's daemons need root"
export PATH=$PATH:/usr/sbin

# ---- a cluster of one machine, with its files in this folder --------------------------------------
here=$PWD
host=$(hostname -s)
dd if=/dev/urandom of=munge.key bs=64 count=1 status=none
chmod 600 munge.key
cat >slurm.conf <<CONF
ClusterName=regionwise
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$here/munge.socket
CredType=cred/munge
SlurmctldPort=$((20000 + $$ % 10000))
SlurmdPort=$((30001 + $$ % 10000))
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldPidFile=$here/slurmctld.pid
SlurmdPidFile=$here/slurmd.pid
SlurmctldLogFile=$here/slurmctld.log
SlurmdLogFile=$here/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
mkdir state spool
export SLURM_CONF=$here/slurm.conf
stop_cluster() {
  for daemon in slurmctld slurmd munged; do
    [ ! -e "$here/$daemon.pid" ] || kill -9 "$(cat "$here/$daemon.pid")" 2>/dev/null || true
  done
}
trap stop_cluster EXIT
munged --force --key-file="$here/munge.key" --socket="$here/munge.socket" --pid-file="$here/munged.pid" \
  --log-file="$here/munged.log" --seed-file="$here/munged.seed" 2>/dev/null || skip "munged does not start here"
slurmctld 2>/dev/null || skip "slurmctld does not start here: $(tail -1 slurmctld.log)"
slurmd 2>/dev/null || skip "slurmd does not start here: $(tail -1 slurmd.log)"
for _ in $(seq 100); do
  [ "$(sinfo -h -o %t 2>/dev/null)" = idle ] && break
  sleep 0.2
done
[ "$(sinfo -h -o %t)" = idle ] || skip "Slurm's node does not come up: $(tail -1 slurmctld.log)"

# ---- a small study --------------------------------------------------------------------------------
source "$REGIONWISE_SOURCE/tests/support/small_study.sh"
slurm='srun --ntasks=1 --cpus-per-task=1 --mem=0'

# Kill the first training that runs.
study LAUNCH="$slurm" &
make_process=$!
victim=
for _ in $(seq 600); do
  for job in $(squeue -h -t running -o %i); do
    if [[ "$(squeue -h -j "$job" -o %j)" = train* ]] && ls results/*/losses/*/*.log >/dev/null 2>&1; then victim=$job; fi
  done
  [ -z "$victim" ] || break
  sleep 0.1
done
[ -n "$victim" ] || fail "no training ran as a job: $(cat out.txt)"
scancel --signal=KILL "$victim"
! wait "$make_process" || fail "the study did not notice that its job was killed: $(cat out.txt)"

# The rest as one job that holds the machine and runs the steps inside (docs/studies.md).
sbatch --wait --ntasks="$(nproc)" --output=job.txt --export=ALL,PATH="$here/stand-ins:$PATH" \
  --wrap "make -j4 $study_targets LAUNCH='srun --exact --ntasks=1 --mem=0'" \
  >>out.txt || fail "the study does not go on: $(tail -5 job.txt)"
mv results with-slurm
study || fail "$(tail -5 out.txt)"
for file in $(cd results && find . -name '*.h5' -o -name 'table2.*'); do
  expect_same "results/$file" "with-slurm/$file"
done
[ "$(find results -name '*.metrics.h5' | wc -l)" = 4 ] || fail "not four results"
