//! Each wall by itself: this test program starts itself again as the one that is confined, and that one tries things.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::Command;

use super::*;

/// Says which walls the process started with it stands in, and where it may try to write.
const WALLS: &str = "TRIBUTARY_TEST_WALLS";
const PLACE: &str = "TRIBUTARY_TEST_PLACE";

/// What gets through, by name.
fn attempts() -> Vec<&'static str> {
    let place = std::env::var(PLACE).unwrap();
    let port: u16 = fs::read_to_string(format!("{place}/port")).map_or(1, |port| port.parse().unwrap());
    let mut through = Vec::new();
    let mut attempt = |name, worked: bool| {
        if worked {
            through.push(name);
        }
    };
    attempt("reads the password file", fs::read("/etc/passwd").is_ok());
    attempt("lists a directory", fs::read_dir("/").is_ok());
    attempt("writes a file", File::create(format!("{place}/written")).is_ok());
    attempt("removes a file", fs::remove_file(format!("{place}/kept")).is_ok());
    attempt("reads its environment's neighbours", fs::read("/proc/1/cmdline").is_ok());
    attempt("starts a program", Command::new("/bin/true").status().is_ok());
    attempt("connects", TcpStream::connect(("127.0.0.1", port)).is_ok());
    attempt("listens", TcpListener::bind(("127.0.0.1", 0)).is_ok());
    attempt("sends a datagram", UdpSocket::bind(("127.0.0.1", 0)).is_ok());
    attempt("makes a local socket", UnixStream::pair().is_ok());
    through
}

/// Not a test by itself: what the others start.
#[test]
fn the_confined_one() {
    let Ok(walls) = std::env::var(WALLS) else { return };
    match walls.as_str() {
        "none" => {}
        "landlock" => assert_eq!(landlock().unwrap(), Walls::Both),
        "filter" => filter().unwrap(),
        "both" => assert_eq!(confine(256 << 20).unwrap(), Walls::Both),
        other => panic!("{other}"),
    }
    let through = attempts();
    println!("\nthrough: {through:?}");
    if walls == "both" {
        // What a computation needs is left.
        assert_eq!(std::thread::spawn(|| 6 * 7).join().unwrap(), 42);
        assert!(std::time::Instant::now().elapsed().as_secs() < 60);
        let mut small: Vec<u8> = Vec::new();
        assert!(small.try_reserve_exact(64 << 20).is_ok());
        assert!(small.try_reserve_exact(1 << 30).is_err(), "beyond its limit");
    }
}

fn through(walls: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("kept"), "kept").unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    fs::write(place.path().join("port"), listener.local_addr().unwrap().port().to_string()).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sandbox::confine::tests::the_confined_one", "--nocapture", "--test-threads=1"])
        .env(WALLS, walls)
        .env(PLACE, place.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{walls}: {said}{}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find_map(|line| line.strip_prefix("through: "));
    line.unwrap_or_else(|| panic!("{walls} said nothing: {said}")).to_owned()
}

#[test]
fn without_walls_everything_gets_through() {
    let all = through("none");
    assert_eq!(all.matches(',').count(), 9, "an attempt that fails anyway shows nothing: {all}");
}

#[test]
fn landlock_alone_keeps_files_programs_and_tcp_away() {
    assert_eq!(through("landlock"), r#"["sends a datagram", "makes a local socket"]"#);
}

#[test]
fn the_filter_alone_keeps_everything_away() {
    assert_eq!(through("filter"), "[]");
}

#[test]
fn both_leave_nothing_but_computing() {
    assert_eq!(through("both"), "[]");
}
