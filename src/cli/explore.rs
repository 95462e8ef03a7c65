//! `lorode explore`: the explorer's page, served from within the program to this machine alone.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::emit::{Failed, message};
use super::front;

const PAGE: &str = include_str!("../../explorer/dist/index.html");
/// Longest request that is read, in bytes, and how long is waited for it.
const REQUEST: (u64, Duration) = (1 << 16, Duration::from_secs(10));

/// Turn mu in a page: search times, the run, SGD, a phase map, the equations; Ctrl-C ends it
#[derive(Debug, clap::Args)]
pub(super) struct Explore {
    /// Port on this machine; 0: any that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Say the address, and open no browser
    #[arg(long)]
    no_browser: bool,
}

impl Explore {
    pub(super) fn run(&self) -> std::result::Result<(), Failed> {
        // A signal is how this command ends.
        front::keep(|| Ok(()));
        let port = self.port;
        let taken = |error| Failed::Failure(format!("port {port} cannot be used: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(taken)?;
        let address = format!("http://{}/", listener.local_addr().map_err(taken)?);
        message(&format!("the explorer is at {address} (Ctrl-C ends it)"));
        if !self.no_browser {
            open(&address);
        }
        // A browser that went away, or asks for nothing, is its own affair.
        for stream in listener.incoming().flatten() {
            let _busy = thread::Builder::new().spawn(move || serve(&stream));
        }
        Ok(())
    }
}

/// Answers one request: the page at `/`, nothing elsewhere.
fn serve(mut stream: &TcpStream) -> Result<()> {
    stream.set_read_timeout(Some(REQUEST.1))?;
    let lines = BufReader::new(stream.take(REQUEST.0)).lines();
    let is_head = |line: &Result<String>| line.as_ref().is_ok_and(|line| !line.is_empty());
    let head: Vec<String> = lines.take_while(is_head).collect::<Result<_>>()?;
    let (status, body) = match head.first().is_some_and(|line| line.starts_with("GET / ")) {
        true => ("200 OK", PAGE),
        false => ("404 Not Found", "the page is at /\n"),
    };
    let kind = "text/html; charset=utf-8\r\nConnection: close";
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// Opens the address in the browser; where there is none, the address has been said.
fn open(address: &str) {
    let (program, before): (_, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start"]),
        _ => ("xdg-open", &[]),
    };
    let mut browser = Command::new(program);
    let browser = browser.args(before).arg(address).stdout(Stdio::null());
    let _none = browser.stderr(Stdio::null()).spawn();
}
