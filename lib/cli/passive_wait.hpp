#pragma once

namespace regionwise::cli {

/// Lets OpenMP's threads, which LibTorch works with, sleep while they wait for work. By default
/// they spin, which costs a busy machine more than half of a step's speed and saves an idle one a
/// few percent. OpenMP reads its policy when it is loaded, before main: so where there are two
/// threads or more, and the user has set none of OMP_WAIT_POLICY, GOMP_SPINCOUNT and KMP_BLOCKTIME,
/// this sets OMP_WAIT_POLICY and starts the program over in the same process, with the same
/// arguments. To be called before anything is read or opened. Programs without OpenMP are left
/// alone; where the program cannot be started over it goes on as it is.
void wait_passively(int threads, char** argv);

}  // namespace regionwise::cli
