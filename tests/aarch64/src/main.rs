//! The kernel that this machine has against plain code: random tables, sieves and texts, and every byte at every place of
//! a block. A program rather than a test, so that an emulator without an operating system runs it (`run`).

#![allow(dead_code, reason = "the scanner uses more of its kernel")]

mod scan;

fn main() {
    scan::compare(400);
}
