//! Whether code on chain is what a contract's creation code leaves there.

const PUSH2: u8 = 0x61;
/// By which the compiler writes an immutable value into code; in creation code the value is zeros.
const PUSH32: u8 = 0x7f;

/// Whether `code` is the contract in this creation code, whatever its immutable values. Those follow from the arguments
/// of the constructor, which the contract's CREATE2 address commits to.
pub(super) fn comes_from(code: &[u8], creation: &[u8]) -> bool {
    // The compiler puts the contract behind the constructor, which copies so much from there.
    creation.windows(code.len().max(1)).enumerate().any(|(start, template)| {
        let constructor = &creation[..start];
        matches(code, template) && pushes(constructor, start) && pushes(constructor, code.len())
    })
}

/// Whether code has a `PUSH2` of this number.
fn pushes(code: &[u8], number: usize) -> bool {
    let Ok(number) = u16::try_from(number) else { return false };
    let [high, low] = number.to_be_bytes();
    code.windows(3).any(|part| part == [PUSH2, high, low])
}

fn matches(code: &[u8], template: &[u8]) -> bool {
    let (mut code, mut template) = (code, template);
    while let ([byte, code_rest @ ..], [expected, template_rest @ ..]) = (code, template) {
        if byte != expected {
            return false;
        }
        (code, template) = (code_rest, template_rest);
        // The compiler never pushes zero in this way.
        if *expected == PUSH32
            && let Some((value, after)) = template.split_first_chunk::<32>()
            && value == &[0; 32]
        {
            (code, template) = (&code[32..], after);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immutable_values_may_differ_and_nothing_else() {
        let template = [&[0x60, 0x80, PUSH32][..], &[0; 32], &[0x50, PUSH32], &[9; 32], &[0x00]].concat();
        let length = u8::try_from(template.len()).unwrap();
        let creation = [&[PUSH2, 0, length, PUSH2, 0, 7, 0xfe][..], &template, &[0x77; 32]].concat();
        let mut code = template.clone();
        assert!(comes_from(&code, &creation));
        code[3..35].fill(0xaa);
        assert!(comes_from(&code, &creation));
        for place in [0, 2, 35, 36, 37, 68, 69] {
            let mut other = code.clone();
            other[place] ^= 1;
            assert!(!comes_from(&other, &creation), "{place}");
        }
        assert!(!comes_from(&code[..code.len() - 1], &creation));
        assert!(!comes_from(&code[1..], &creation), "its end alone");
        assert!(!comes_from(&code[code.len() - 1..], &creation));
        assert!(!comes_from(&[], &creation));
        assert!(!comes_from(&[&creation[..], &[0]].concat(), &creation));
    }
}
