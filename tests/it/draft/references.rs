//! References that are found by names, and references whose values are not numbers of one column.

use super::lines;
use super::planted::folder;

fn customers(header: &str) -> String {
    lines(
        header,
        (1..=39).map(|n| format!("{n},u{n}@example.com,N{n}")),
    )
}

#[test]
fn an_email_refers_to_the_table_that_its_name_states() {
    let orders = lines(
        "id,customer_email",
        (1..=89).map(|n| format!("{n},u{}@example.com", n % 30 + 1)),
    );
    let files = [
        ("customers.csv", customers("id,email,name")),
        ("orders.csv", orders),
    ];
    folder(&files)
        .drafted(&[])
        .has("  UNIQUE KEY `customers_email_unique` (`email`)")
        .has("FOREIGN KEY (`customer_email`) REFERENCES `customers` (`email`)");
}

#[test]
fn a_copy_of_an_email_beside_the_key_of_its_row_is_no_reference() {
    let orders = lines(
        "id,customer_id,customer_email",
        (1..=89).map(|n| format!("{n},{0},u{0}@example.com", n % 30 + 1)),
    );
    let files = [
        ("customers.csv", customers("id,email,name")),
        ("orders.csv", orders),
    ];
    folder(&files)
        .drafted(&[])
        .has("FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`)")
        .lacks("FOREIGN KEY (`customer_email`)");
}

#[test]
fn keys_of_two_columns_are_found_under_other_names() {
    let pairs = || (1..=19).flat_map(|c| (1..=3).map(move |n| (c, n)));
    let orders = lines(
        "customer_id,order_no,total",
        pairs().map(|(c, n)| format!("{c},{n},{}", c * n)),
    );
    for header in ["cust_id,order_no,line", "order_customer_id,order_no,line"] {
        let items = pairs().flat_map(|(c, n)| (1..=2).map(move |l| format!("{c},{n},{l}")));
        let files = [
            ("orders.csv", orders.clone()),
            ("items.csv", lines(header, items)),
        ];
        let first = header.split(',').next().unwrap();
        folder(&files).drafted(&[]).has(&format!(
            "FOREIGN KEY (`{first}`, `order_no`) REFERENCES `orders` (`customer_id`, `order_no`)"
        ));
    }
    // a pair that the parent does not have
    let items = pairs().map(|(c, n)| format!("{c},{},1", n + 1));
    let files = [
        ("orders.csv", orders),
        ("items.csv", lines("cust_id,order_no,line", items)),
    ];
    folder(&files)
        .drafted(&[])
        .lacks("(`cust_id`, `order_no`) REFERENCES");
}

#[test]
fn uuids_in_another_case_are_told_and_are_a_reference_as_bytes() {
    let uuid = |n: usize| format!("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeee{n:04x}");
    let users = lines("uid,name", (0..30).map(|n| format!("{},n{n}", uuid(n))));
    let posts = (0..60).map(|n| format!("{n},{}", uuid(n % 30).to_uppercase()));
    let files = [
        ("users.csv", users),
        ("posts.csv", lines("id,user_uid", posts)),
    ];
    let texts = folder(&files).drafted(&[]);
    let words = "posts.user_uid: has the UUIDs of users.uid in another case";
    assert!(texts.said.contains(words), "{}", texts.said);
    texts.lacks("FOREIGN KEY");
    folder(&files)
        .drafted(&["--uuid-binary"])
        .has("FOREIGN KEY (`user_uid`) REFERENCES `users` (`uid`)");
}

#[test]
fn a_copy_of_the_own_key_is_no_reference() {
    let code = |n: usize| format!("play{n:03}x");
    let people = lines(
        "player_id,name,other",
        (0..60).map(|n| format!("{0},N{n},{0}", code(n))),
    );
    folder(&[("people.csv", people)])
        .drafted(&[])
        .lacks("FOREIGN KEY");
}

#[test]
fn a_unique_column_needs_no_others_in_the_key() {
    let counties = (1..90).map(|n| format!("01,{n:03},County {n}"));
    let files = [("counties.csv", lines("statefp,countyfp,name", counties))];
    folder(&files).drafted(&[]).has("PRIMARY KEY (`countyfp`)");
}

#[test]
fn no_key_is_named_as_one_with_repeated_values() {
    // so many that their number is an estimate
    let items = (0..3000).map(|n| format!("B{:09},x", n * 7919));
    let drafted = folder(&[("items.csv", lines("item_id,n", items))]).drafted(&[]);
    drafted.has("PRIMARY KEY (`item_id`)");
    assert!(
        !drafted.said.contains("is named like the key"),
        "{}",
        drafted.said
    );
}
