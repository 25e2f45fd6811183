//! A timer of the kernel that can be awaited: exact, and free while nothing happens.
//!
//! Must not know which clock is told by it.

use std::io;
use std::time::Duration;

use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::net::unix::pipe;

use super::Wake;

/// A timer that runs.
pub(super) struct Timer {
    fd: pipe::Receiver,
}

impl Timer {
    /// Ends at a time of the wall clock (since 1970), and when that clock is set.
    pub(super) fn at_wall_clock(at: Duration) -> io::Result<Timer> {
        let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
        Timer::start(TimerfdClockId::Realtime, flags, at)
    }

    /// Ends after a time that no setting of a clock can change.
    pub(super) fn after(time: Duration) -> io::Result<Timer> {
        Timer::start(TimerfdClockId::Monotonic, TimerfdTimerFlags::empty(), time)
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) -> io::Result<Wake> {
        let mut expirations = [0; 8];
        loop {
            self.fd.readable().await?;
            match self.fd.try_read(&mut expirations) {
                Ok(_) => return Ok(Wake::Due),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if Errno::from_io_error(&error) == Some(Errno::CANCELED) => {
                    return Ok(Wake::ClockSet);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn start(clock: TimerfdClockId, flags: TimerfdTimerFlags, time: Duration) -> io::Result<Timer> {
        let fd = timerfd_create(clock, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // Zero would disarm the timer.
        let time = time.max(Duration::from_nanos(1));
        let setting = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec {
                tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: time.subsec_nanos().into(),
            },
        };
        timerfd_settime(&fd, flags, &setting)?;
        // A timer reads like a pipe; this is the way to await it in safe code.
        let fd = pipe::Receiver::from_owned_fd_unchecked(fd)?;
        Ok(Timer { fd })
    }
}
