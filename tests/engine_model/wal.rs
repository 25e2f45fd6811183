//! Where the commits of a store end, by the log that SQLite keeps beside it, and a store from which
//! the last of them are missing: as a power cut between any two writes leaves it.
//!
//! Reads the file format that SQLite documents. Must not know what is committed.

use std::fs;
use std::io::Read;
use std::path::Path;

const NAME: &str = "todswitch.db";
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// SQLite merges a log of this many frames into the database, where nothing can be taken back.
const MERGED: usize = 1000;

/// Where each commit in the log of a store ends, in bytes; nothing where it may have been merged.
fn commits(dir: &Path) -> Vec<usize> {
    let log = fs::read(dir.join(format!("{NAME}-wal"))).unwrap_or_default();
    let Some(header) = log.get(..HEADER) else {
        return Vec::new();
    };
    let word = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let size = FRAME_HEADER + word(&header[8..12]) as usize;
    let frames = log[HEADER..].chunks_exact(size);
    // What follows an older log's frames has other salts.
    let current: Vec<_> = frames
        .take_while(|frame| frame[8..16] == header[16..24])
        .collect();
    if current.len() >= MERGED {
        return Vec::new();
    }
    let ends = current.iter().enumerate();
    ends.filter(|(_, frame)| word(&frame[4..8]) != 0)
        .map(|(at, _)| HEADER + (at + 1) * size)
        .collect()
}

/// How far a log was written at some time.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Mark {
    header: Vec<u8>,
    length: usize,
}

/// How far the log is written now.
pub fn mark(dir: &Path) -> Mark {
    let Ok(log) = fs::File::open(dir.join(format!("{NAME}-wal"))) else {
        return Mark::default();
    };
    let length = log.metadata().unwrap().len() as usize;
    let mut header = Vec::new();
    log.take(HEADER as u64).read_to_end(&mut header).unwrap();
    Mark { header, length }
}

/// How many commits were written since then; none where the log was begun anew.
pub fn commits_since(dir: &Path, then: &Mark) -> usize {
    if then.header != mark(dir).header {
        return 0;
    }
    let ends = commits(dir).into_iter();
    ends.filter(|end| *end > then.length).count()
}

/// Copies a store that is open as it lies on the disk, without its last commits.
pub fn copy_without(from: &Path, to: &Path, last: usize) {
    fs::create_dir_all(to).unwrap();
    let keep = commits(from);
    for file in [NAME, &format!("{NAME}-wal")] {
        if from.join(file).exists() {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
    }
    if last > 0 {
        let kept = keep.len().checked_sub(last + 1);
        let end = kept.map_or(HEADER, |at| keep[at]);
        let log = to.join(format!("{NAME}-wal"));
        let log = fs::OpenOptions::new().write(true).open(log).unwrap();
        log.set_len(end as u64).unwrap();
    }
}
