//! The program. Only its allocator is chosen here.

use std::process::ExitCode;

/// musl's own allocator asks the kernel for every few pages, which took longer than everything else
/// in a run with a valid session.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    aws_mfa::main()
}
