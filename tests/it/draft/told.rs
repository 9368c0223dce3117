//! Settings that the user gives for values: `draft` uses them and does not guess.

use super::planted::folder;

#[test]
fn what_is_told_decides_and_is_written_as_settings() {
    let text = "id,day,price,n,paid,kind,code\n\
                1,03/04/2023,\"1,250\",-999,oui,NA,0102\n\
                2,05/06/2023,\"2,500\",7,non,b,0304\n";
    let drafted = folder(&[("a.csv", text.to_owned())]).drafted(&[
        "--date-order",
        "dmy",
        "--decimal",
        ",",
        "--null",
        "-999",
        "--true-values",
        "oui",
        "--false-values",
        "non",
        "--set",
        "a.kind.null=NA",
    ]);
    drafted
        .has("`day` DATE NOT NULL, -- 2023-04-03 to 2023-06-05")
        .has("`price` DECIMAL(4,3) NOT NULL")
        .has("`n` TINYINT UNSIGNED NULL")
        .has("`paid` BOOLEAN NOT NULL")
        .has("`kind` VARCHAR(64) NULL")
        .has("`code` ");
}

#[test]
fn a_told_column_that_does_not_exist_is_an_error() {
    let folder = folder(&[("a.csv", "id,n\n1,2\n".to_owned())]);
    folder
        .run(&["draft", "in", "--set", "a.x.null=0"])
        .exits(2)
        .says("table a has no column x; found id, n");
}

#[test]
fn the_values_of_a_mongodb_export_are_read() {
    let record = |n: u32| {
        format!(
            "{{\"_id\":{{\"$oid\":\"{n:024x}\"}},\"at\":{{\"$date\":\"2024-01-0{}T10:00:00Z\"}},\
             \"user\":{{\"name\":\"x{n}\"}},\"images\":[{{\"url\":\"u\"}}]}}\n",
            n % 9 + 1
        )
    };
    let records: String = (1..=20).map(record).collect();
    let folder = folder(&[("things.jsonl", records)]);
    folder
        .drafted(&[])
        .has("`_id` CHAR(24)")
        .has("`at` DATETIME NOT NULL, -- 2024-01-01 10:00:00")
        .has("from = \"$.user.name\"")
        .has("each = \"$.images\"");
}

#[test]
fn json_with_a_name_twice_and_names_of_one_length_are_texts() {
    let names = [
        "ANNA", "OTTO", "EMMA", "PAUL", "LISA", "KARL", "ERIK", "NINA",
    ];
    let rows = names.iter().enumerate();
    let rows = rows.map(|(n, name)| format!("{n},{name},E{n}R,\"{{\"\"a\"\":1,\"\"a\"\":2}}\"\n"));
    let text = format!("id,name,code,j\n{}", rows.collect::<String>());
    folder(&[("p.csv", text)])
        .drafted(&[])
        .has("`name` VARCHAR(64)")
        .has("`code` CHAR(3)")
        .has("`j` TEXT");
}
