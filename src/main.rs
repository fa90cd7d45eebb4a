//! The program: its allocator, and nothing else.

use std::process::ExitCode;

/// musl's own allocator asks the kernel for every few pages, which took longer than all else while
/// a session is valid.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    aws_mfa::main()
}
