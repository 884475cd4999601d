//! What is looked for at once: some bytes in a row, better such as are rare in logs.

use super::byte_set::ByteSet;

/// How many bytes in a row are looked at.
pub(super) const WINDOW: usize = 4;

/// How likely a byte of a log is in a set.
pub(super) fn likelihood(set: ByteSet) -> f64 {
    set.iter().map(likelihood_of).sum()
}

/// How likely a byte of a log is this one.
pub(super) const fn likelihood_of(byte: u8) -> f64 {
    // Bytes from 0x80 on are rare, and those that were not seen may come.
    const FLOOR: u16 = 15;
    let count = if byte.is_ascii() { COUNTS[byte as usize] } else { 0 };
    (if count > FLOOR { count } else { FLOOR }) as f64 / 1e5
}

/// How often each byte comes in 100,000 bytes of logs.
const COUNTS: [u16; 128] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 550, 0, 0, 278, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7069, 6, 2974, 1, 66, 0, 13, 2,
    202, 202, 46, 52, 954, 2072, 2590, 1058, 5392, 4763, 3516, 2236, 2459, 2354, 2115, 2294, 2057, 1859, 2625, 83, 13, 781, 13, 75, 168,
    220, 124, 248, 211, 248, 256, 89, 92, 272, 205, 123, 180, 235, 398, 264, 220, 47, 356, 325, 355, 126, 63, 162, 34, 18, 102, 429, 1,
    460, 0, 408, 0, 3226, 1044, 2557, 2251, 5631, 990, 752, 1020, 2415, 118, 712, 1469, 1303, 2490, 3031, 1508, 121, 3076, 2685, 3060,
    1339, 562, 298, 417, 440, 106, 76, 0, 76, 9, 0,
];
