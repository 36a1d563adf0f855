//! What a sandboxed trainer says, in which a stranger's code runs; and what it is told. Postcard reads some numbers in more
//! than one form, so what is compared is the second writing with the first.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tributary_fuzz::choice;
use tributary_fuzz_client::sandbox::{answer, request};

fuzz_target!(|data: &[u8]| {
    let Some((side, bytes)) = choice(data) else { return };
    let read = if side % 2 == 0 { answer } else { request };
    if let Some(written) = read(bytes) {
        assert_eq!(read(&written).as_ref(), Some(&written));
    }
});
