//! Long formulas on several lines.

/// A place where a line may end.
pub(super) struct Break {
    /// Its byte.
    pub(super) at: usize,
    /// Bytes of blank dropped there.
    pub(super) skip: usize,
    /// The lower, the better a place it is.
    pub(super) rank: usize,
}

/// Lines no longer than `room` by `measure`: each ends at the last of the best places that fit.
/// Where none fits, a line is cut anywhere when `cut`, else it runs on to the next place.
pub(super) fn wrap(
    whole: &str,
    breaks: &[Break],
    room: usize,
    measure: &dyn Fn(&str) -> usize,
    cut: bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut start = 0;
    while measure(&whole[start..]) > room {
        let ahead = breaks.iter().filter(|b| b.at > start);
        let fits = |b: &&Break| measure(&whole[start..b.at]) <= room;
        // Of equal ranks `min_by_key` would take the first: the last one is wanted.
        let best = ahead
            .clone()
            .take_while(fits)
            .min_by_key(|b| (b.rank, usize::MAX - b.at));
        let (end, next) = match best.or(ahead.clone().next().filter(|_| !cut)) {
            Some(found) => (found.at, found.at + found.skip),
            None if cut => {
                let end = cut_at(&whole[start..], room, measure);
                (start + end, start + end)
            }
            None => break,
        };
        lines.push(whole[start..end].to_owned());
        start = next;
    }
    lines.push(whole[start..].to_owned());
    lines
}

/// The end of the longest beginning that fits, one character at least.
fn cut_at(text: &str, room: usize, measure: &dyn Fn(&str) -> usize) -> usize {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let fitting = ends
        .enumerate()
        .take_while(|&(i, end)| i == 0 || measure(&text[..end]) <= room);
    fitting.last().map_or(text.len(), |(_, end)| end)
}
