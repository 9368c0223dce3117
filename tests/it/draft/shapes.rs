//! Structures of published data sets: roles of persons, one-to-one tables, airport codes, numbered
//! stops, and files with other extensions.

use super::lines;
use super::planted::folder;

#[test]
fn amounts_are_no_references_and_roles_of_persons_are() {
    let files = [
        (
            "reviews.csv",
            lines("id,stars", (1..=60).map(|n| format!("{n},{}", n % 5))),
        ),
        (
            "orders.csv",
            lines("id,total", (1..=60).map(|n| format!("{n},{n}.50"))),
        ),
        (
            "users.csv",
            lines("id,name", (1..=60).map(|n| format!("{n},N{n}"))),
        ),
        (
            "posts.csv",
            lines(
                "id,number_of_reviews,sort_order,author_id,updated_by",
                (1..=60).map(|n| {
                    format!(
                        "{n},{},{},{},{}",
                        1 + n % 9,
                        1 + n % 50,
                        1 + n % 7,
                        1 + n % 8
                    )
                }),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("FOREIGN KEY (`author_id`) REFERENCES `users` (`id`)")
        .has("FOREIGN KEY (`updated_by`) REFERENCES `users` (`id`)")
        .lacks("REFERENCES `reviews`")
        .lacks("REFERENCES `orders`");
}

#[test]
fn a_row_that_belongs_to_one_of_another_table_refers_to_it() {
    let files = [
        (
            "users.csv",
            lines("id,name", (1..=30).map(|n| format!("{n},N{n}"))),
        ),
        (
            "user_profiles.csv",
            lines("user_id,bio", (1..=20).map(|n| format!("{n},B{n}"))),
        ),
        (
            "territories.csv",
            lines("territory_id,name", (1..=30).map(|n| format!("{n},T{n}"))),
        ),
        (
            "employee_territories.csv",
            lines(
                "employee,territory_id",
                (1..=20).map(|n| format!("E{},{n}", n % 3)),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)")
        .has("FOREIGN KEY (`territory_id`) REFERENCES `territories` (`territory_id`)");
}

#[test]
fn codes_of_one_length_with_letters_are_references_without_a_name() {
    let code = |n: u32| format!("{}{}{}", letter(n / 26), letter(n), letter(n * 7));
    let files = [
        (
            "airports.csv",
            lines("faa,city", (0..200).map(|n| format!("{},C{n}", code(n)))),
        ),
        (
            "flights.csv",
            lines(
                "flight,dest",
                (0..300).map(|n| format!("{n},{}", code(n % 90))),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("FOREIGN KEY (`dest`) REFERENCES `airports` (`faa`)");
}

fn letter(n: u32) -> char {
    char::from(b'A' + (n % 26) as u8)
}

#[test]
fn a_place_in_an_order_is_part_of_a_key() {
    let times = (0..90).map(|n| format!("{},08:{:02}:00,S{},{}", 1 + n / 10, n % 7, n % 4, n % 10));
    let files = [(
        "stop_times.csv",
        lines("trip_id,arrival,stop,stop_sequence", times),
    )];
    folder(&files)
        .drafted(&[])
        .has("PRIMARY KEY (`trip_id`, `stop_sequence`)");
}

#[test]
fn files_of_other_extensions_are_tables_if_they_have_fields() {
    let stops = lines("stop_id,stop_name", (1..=20).map(|n| format!("{n},N{n}")));
    let files = [
        ("stops.txt", stops.clone()),
        (
            "ratings.dat",
            (1..=20).map(|n| format!("{n}::{}::5\n", n % 4)).collect(),
        ),
        ("PARTS.CSV", stops),
        (
            "README.txt",
            "These files have the stops.\nNothing else.\n".to_owned(),
        ),
    ];
    let drafted = folder(&files).drafted(&[]);
    drafted
        .has("`stops`")
        .has("`ratings`")
        .has("`PARTS`")
        .lacks("`README`");
    assert!(
        drafted.settings.contains("stops.txt"),
        "{}",
        drafted.settings
    );
    assert!(
        drafted.said.contains("README.txt has no records"),
        "{}",
        drafted.said
    );
}

#[test]
fn a_role_is_of_the_own_table_of_persons_and_a_type_beside_it_says_nothing() {
    let files = [
        (
            "employees.csv",
            lines("id,name", (1..=60).map(|n| format!("{n},N{n}"))),
        ),
        (
            "users.csv",
            lines(
                "id,manager_id",
                (1..=60).map(|n| format!("{n},{}", 1 + n / 2)),
            ),
        ),
        (
            "activities.csv",
            lines(
                "id,parent_id,parent_type",
                (1..=60).map(|n| format!("{n},{},user", 1 + n % 9)),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("FOREIGN KEY (`manager_id`) REFERENCES `users` (`id`)")
        .lacks("FOREIGN KEY (`parent_id`)");
}

#[test]
fn days_in_whole_numbers_refer_to_a_calendar() {
    let files = [
        (
            "dim_date.csv",
            lines(
                "date_key,week",
                (1..=28).map(|n| format!("202401{n:02},{}", n / 7)),
            ),
        ),
        (
            "sales.csv",
            lines(
                "sale_id,date_key",
                (1..=90).map(|n| format!("{n},202401{:02}", 1 + n % 20)),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("FOREIGN KEY (`date_key`) REFERENCES `dim_date` (`date_key`)");
}

#[test]
fn the_key_of_a_table_that_links_two_others_is_both_references() {
    let files = [
        (
            "films.csv",
            lines("film_id,title", (1..=60).map(|n| format!("{n},T{n}"))),
        ),
        (
            "categories.csv",
            lines("category_id,name", (1..=9).map(|n| format!("{n},C{n}"))),
        ),
        (
            "film_category.csv",
            lines(
                "film_id,category_id",
                (1..=60).map(|n| format!("{n},{}", 1 + n % 9)),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("PRIMARY KEY (`film_id`, `category_id`)")
        .has("REFERENCES `films` (`film_id`)")
        .has("REFERENCES `categories` (`category_id`)");
}

#[test]
fn a_column_of_few_values_is_part_of_a_key_if_no_other_columns_are_one() {
    let rows = (0..120).map(|n| {
        let (player, half) = (n / 4, n % 2);
        format!(
            "p{player:03},{},{},{}",
            1990 + n / 2 % 2,
            ["P", "C"][half],
            n * 7 % 5
        )
    });
    let files = [("fielding.csv", lines("player_id,year,POS,errors", rows))];
    folder(&files)
        .drafted(&[])
        .has("PRIMARY KEY (`player_id`, `year`, `POS`)");
}

#[test]
fn references_with_holes_are_found_although_pandas_writes_them_with_a_point() {
    let files = [
        (
            "customers.csv",
            lines("id,name", (1..=60).map(|n| format!("{n},N{n}"))),
        ),
        (
            "orders.csv",
            lines(
                "id,customer_id",
                (1..=60).map(|n| match n % 6 {
                    0 => format!("{n},"),
                    _ => format!("{n},{}.0", 1 + n % 50),
                }),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("`customer_id` INT UNSIGNED NULL")
        .has("REFERENCES `customers` (`id`)");
}
