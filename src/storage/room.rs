//! Memory that this process can still take: of the machine, of its own limits, of the groups it
//! runs in.

use std::fs;
use std::path::Path;

/// The tightest bound in bytes, and what sets it; infinite where nothing says.
pub(super) fn available() -> (f64, &'static str) {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let (limits, status) = (read("/proc/self/limits"), read("/proc/self/status"));
    let group = group_room(Path::new("/sys/fs/cgroup"), &read("/proc/self/cgroup"));
    let bounds = [
        (of_machine(), ""),
        (process_room(&limits, &status), " (ulimit)"),
        (group, " (limit of the control group)"),
    ];
    bounds
        .into_iter()
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or((f64::INFINITY, ""))
}

/// Memory that can be had without swapping.
fn of_machine() -> f64 {
    let Ok(mut system) = sysinfo::System::new() else {
        return f64::INFINITY;
    };
    system.refresh_memory();
    match system.available_memory() {
        0 => f64::INFINITY,
        bytes => bytes as f64,
    }
}

/// What the limits of the process (`/proc/self/limits`) leave it beside what it has
/// (`/proc/self/status`).
fn process_room(limits: &str, status: &str) -> f64 {
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name));
        let soft = line.and_then(|rest| rest.split_whitespace().next());
        soft.and_then(|word| word.parse::<f64>().ok())
            .unwrap_or(f64::INFINITY)
    };
    let taken = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
        1024.0 * kilobytes.and_then(|word| word.parse().ok()).unwrap_or(0.0)
    };
    let room = |limit: f64, taken: f64| (limit - taken).max(0.0);
    room(limit("Max address space"), taken("VmSize:"))
        .min(room(limit("Max data size"), taken("VmData:")))
}

/// What the control groups leave that a process is in, as `/proc/self/cgroup` tells, up to the
/// outermost one, of version 1 and 2.
fn group_room(root: &Path, membership: &str) -> f64 {
    let mut room = f64::INFINITY;
    for line in membership.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        let path = path.trim_start_matches('/');
        if controllers.is_empty() {
            let names = ["memory.max", "memory.current", "inactive_file"];
            for top in [root.to_owned(), root.join("unified")] {
                room = room.min(room_below(&top, path, names));
            }
        } else if controllers.split(',').any(|name| name == "memory") {
            let names = [
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            ];
            room = room.min(room_below(&root.join("memory"), path, names));
        }
    }
    room
}

/// The least room of a group and of those around it. What the system holds of files that nobody
/// reads at present it gives back.
fn room_below(top: &Path, path: &str, [limit, taken, cached]: [&str; 3]) -> f64 {
    let mut room = f64::INFINITY;
    for group in top
        .join(path)
        .ancestors()
        .take_while(|g| g.starts_with(top))
    {
        let text = |name: &str| fs::read_to_string(group.join(name)).unwrap_or_default();
        // "max", and a group without the file, bound nothing.
        let Ok(limit) = text(limit).trim().parse::<f64>() else {
            continue;
        };
        let taken = text(taken).trim().parse().unwrap_or(0.0);
        let statistics = text("memory.stat");
        let cached = statistics.lines().find_map(|line| {
            let value = line.strip_prefix(cached)?;
            value.trim().parse::<f64>().ok()
        });
        room = room.min((limit - taken + cached.unwrap_or(0.0)).max(0.0));
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 0.5, "{found} for {expected}");
    }

    #[test]
    fn limits_of_the_process() {
        let limits = "Limit    Soft Limit  Hard Limit  Units\n\
                      Max data size             unlimited            unlimited            bytes\n\
                      Max address space         1073741824           unlimited            bytes\n";
        let status = "VmPeak:\t  900 kB\nVmSize:\t  1024 kB\nVmData:\t     512 kB\n";
        near(process_room(limits, status), 1_073_741_824.0 - 1_048_576.0);
        let data = limits.replace("unlimited            unlimited", "1000000 unlimited");
        near(process_room(&data, status), 1_000_000.0 - 524_288.0);
        assert!(process_room("", "").is_infinite());
    }

    #[test]
    fn groups_of_both_versions_and_those_around_them() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let room = |membership: &str| group_room(root.path(), membership);
        assert!(room("0::/a/b\n").is_infinite());
        write("a/b/memory.max", "max\n");
        write("a/b/memory.current", "700\n");
        assert!(room("0::/a/b\n").is_infinite());
        // The group around bounds it; unread files do not count.
        write("a/memory.max", "5000000000\n");
        write("a/memory.current", "3000000000\n");
        write("a/memory.stat", "anon 7\ninactive_file 1000000000\n");
        near(room("0::/a/b\n"), 3e9);
        // In a container the path is that of the host, and the files lie at the top.
        write("memory.max", "2000000000\n");
        near(room("0::/../elsewhere\n"), 2e9);
        write("memory/x/memory.limit_in_bytes", "9223372036854771712\n");
        write("memory/memory.limit_in_bytes", "1000000000\n");
        write("memory/memory.usage_in_bytes", "999999999999\n");
        near(room("3:cpu:/x\n4:memory,hugetlb:/x\n"), 0.0);
    }
}
