//! `lorode explore`: what it serves, to whom, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use super::running::{fails, lorode};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/explorer/dist/index.html");

/// The program, and the address that it says.
fn explore() -> (Child, String) {
    let mut command = lorode("explore --no-browser");
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    (child, address.expect(&line).to_owned())
}

fn answer(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_page_is_served_to_this_machine_until_a_signal() {
    let (mut child, address) = explore();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    // One who connects and asks for nothing keeps nobody waiting.
    let _silent = TcpStream::connect(&address).unwrap();
    let page = answer(&address, "/");
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8"),
        "{head}"
    );
    assert!(
        body == std::fs::read_to_string(PAGE).unwrap(),
        "another page"
    );
    assert!(answer(&address, "/other").starts_with("HTTP/1.1 404"));

    // The port is taken now.
    let port = address.split(':').nth(1).unwrap();
    let said = fails(&format!("explore --no-browser --port {port}"), 1);
    assert!(
        said.starts_with(&format!("lorode: port {port} cannot be used")),
        "{said}"
    );

    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
