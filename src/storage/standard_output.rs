//! Whether standard output was closed from the start.

/// Whether what is printed goes nowhere because standard output was closed, as by `>&-` in a shell. Rust opens `/dev/null` in
/// its place for reading and writing, whereas a shell that is asked for `/dev/null` opens it for writing only; a program that
/// hands it on for both is not told apart. Where the system does not say how a file was opened, as outside Linux: false.
pub fn stdout_is_nowhere() -> bool {
    const READ_AND_WRITE: &str = "2";
    let link = std::fs::read_link("/proc/self/fd/1").unwrap_or_default();
    let how = std::fs::read_to_string("/proc/self/fdinfo/1").unwrap_or_default();
    // The last octal digit of the flags is the mode of access.
    let flags = how.lines().find_map(|line| line.strip_prefix("flags:"));
    link.as_os_str() == "/dev/null" && flags.is_some_and(|flags| flags.ends_with(READ_AND_WRITE))
}
