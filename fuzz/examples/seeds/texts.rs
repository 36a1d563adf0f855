//! Values as text.

use tributary_storage::ArtifactId;

use super::{choose, write};

pub(super) fn seeds() {
    let account = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    let word = format!("0x{}", "1f".repeat(32));
    for (which, name, text) in [
        (0, "owner", account.to_owned()),
        (1, "digest", word.clone()),
        (2, "study", word),
        (3, "artifact", ArtifactId::of(b"").to_string()),
        (4, "duo", "DUO:0000042".into()),
        (5, "disease", "MONDO:0005267".into()),
        (6, "purpose", "DUO:0000037".into()),
        (7, "log-format", "json".into()),
        (8, "exporter", "otlp:http://localhost:4317".into()),
        (9, "condition", "GS=Germany".into()),
        (10, "spending", format!("{account}=250")),
        (11, "fund", format!("{account}=1.000000000000000001")),
        (12, "number", "1234567890".into()),
        (13, "setting", "TRIBUTARY_TELEMETRY=file:/var/log/traces".into()),
    ] {
        write("text_values", name, choose(which, text));
    }
}
