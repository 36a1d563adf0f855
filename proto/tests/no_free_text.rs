//! What goes wrong at an owner is told to people there: no request to the coordinator has room for it.

/// Every text field of every request, with the message that it stands in.
fn text_of_requests(file: &str) -> Vec<(String, String)> {
    let (mut found, mut message) = (Vec::new(), String::new());
    for line in file.lines().map(|line| line.split("//").next().unwrap_or_default().trim()) {
        if let Some(name) = line.strip_prefix("message ") {
            message = name.split_whitespace().next().unwrap_or_default().to_owned();
        }
        let field = line.strip_prefix("repeated ").or(line.strip_prefix("optional ")).unwrap_or(line);
        if let Some(field) = field.strip_prefix("string ")
            && !message.ends_with("Response")
        {
            found.push((message.clone(), field.split_whitespace().next().unwrap_or_default().to_owned()));
        }
    }
    found
}

#[test]
fn an_owners_requests_have_no_room_for_the_text_of_an_error() {
    let owner = include_str!("../tributary/v1/owner.proto");
    assert!(owner.contains("message ReportRequest"), "another file");
    assert_eq!(text_of_requests(owner), []);
    assert_eq!(text_of_requests(include_str!("../tributary/v1/delivery.proto")), []);
    // What a dataset is listed with: where its sealed description is, and what consent to a study costs.
    let listed = text_of_requests(include_str!("../tributary/v1/dataset.proto"));
    let expected = [("ListDatasetRequest", "uri"), ("ListDatasetRequest", "price")];
    assert_eq!(listed, expected.map(|(message, field)| (message.to_owned(), field.to_owned())));
}
