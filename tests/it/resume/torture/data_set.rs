//! The data sets: for each, the files of the run, the files whose rows the tables have before it,
//! and statements that change those rows.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::support::data::TABLES;
use crate::support::harness::run;

/// What is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataSet {
    /// Generated reviews, a part of which is damaged.
    Reviews,
    /// The product catalogue of the examples.
    Products,
    /// Text keys under several collations, keys of two columns, second unique keys.
    Texts,
}

const TEXTS: &str = "
    CREATE TABLE makers (
        code VARCHAR(20) NOT NULL PRIMARY KEY, name VARCHAR(60) NOT NULL, email VARCHAR(60),
        UNIQUE KEY makers_email (email)
    ) CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
    CREATE TABLE goods (
        sku VARCHAR(20) COLLATE utf8mb4_bin NOT NULL, lang CHAR(2) COLLATE utf8mb4_bin NOT NULL,
        maker VARCHAR(20) NOT NULL, name VARCHAR(60) NOT NULL, number INT,
        PRIMARY KEY (sku, lang), UNIQUE KEY goods_number (number), KEY goods_of_maker (maker),
        CONSTRAINT goods_of_maker FOREIGN KEY (maker) REFERENCES makers (code)
    ) CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
    CREATE TABLE notes (
        id INT UNSIGNED NOT NULL PRIMARY KEY,
        sku VARCHAR(20) COLLATE utf8mb4_bin NOT NULL, lang CHAR(2) COLLATE utf8mb4_bin NOT NULL,
        note TEXT NOT NULL, KEY notes_of_goods (sku, lang),
        CONSTRAINT notes_of_goods FOREIGN KEY (sku, lang) REFERENCES goods (sku, lang)
    ) CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci;";

/// Which of the two states of the files is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    New,
}

impl State {
    const ALL: [State; 2] = [State::Before, State::New];

    fn folder(self) -> &'static str {
        match self {
            State::Before => "before",
            State::New => "csv",
        }
    }
}

impl DataSet {
    /// All of them.
    pub const ALL: [DataSet; 3] = [DataSet::Reviews, DataSet::Products, DataSet::Texts];

    /// The folder of its files.
    pub fn name(self) -> &'static str {
        match self {
            DataSet::Reviews => "reviews",
            DataSet::Products => "products",
            DataSet::Texts => "texts",
        }
    }

    /// Its tables, parents first.
    pub fn tables(self) -> &'static [&'static str] {
        match self {
            DataSet::Reviews => &TABLES,
            DataSet::Products => &[
                "products", "features", "related", "styles", "skus", "photos",
            ],
            DataSet::Texts => &["makers", "goods", "notes"],
        }
    }

    /// The arguments that name the files of the run and the schema.
    pub fn files(self) -> [String; 3] {
        self.of(State::New)
    }

    /// The same of the files whose rows the tables have before.
    pub fn files_before(self) -> [String; 3] {
        self.of(State::Before)
    }

    fn of(self, state: State) -> [String; 3] {
        let (name, folder) = (self.name(), state.folder());
        let schema = match self {
            DataSet::Reviews => "compiled-in".to_owned(),
            _ => format!("{name}/schema.sql"),
        };
        [format!("{name}/{folder}"), "--schema".to_owned(), schema]
    }

    /// Writes its files; the catalogue has one size.
    pub fn write(self, home: &Path, products: u32) {
        let folder = home.join(self.name());
        let _ = fs::remove_dir_all(&folder);
        for state in State::ALL {
            let folder = folder.join(state.folder());
            fs::create_dir_all(&folder).unwrap();
            match self {
                DataSet::Reviews => generate(&folder, products, state),
                DataSet::Products => copy(&folder, state),
                DataSet::Texts => write_texts(&folder, products / 2, state),
            }
        }
        match self {
            DataSet::Reviews => {}
            DataSet::Products => {
                fs::copy(example().join("schema.sql"), folder.join("schema.sql")).unwrap();
            }
            DataSet::Texts => fs::write(folder.join("schema.sql"), TEXTS).unwrap(),
        }
    }

    /// Statements that change rows, and add and delete some.
    pub fn changes(self) -> &'static [&'static str] {
        match self {
            DataSet::Reviews => &[
                "UPDATE reviews SET helpfulness = helpfulness + 1 WHERE id % 5 = 0",
                "DELETE FROM reviews_photos WHERE id % 4 = 0",
                "INSERT INTO reviews_photos (id, review_id, url) \
                    SELECT id + 1000000, review_id, url FROM reviews_photos WHERE id % 3 = 0",
            ],
            DataSet::Products => &[
                "UPDATE products SET default_price = default_price + 1 WHERE id % 4 = 0",
                "UPDATE skus SET size = CONCAT(size, '-') WHERE id % 3 = 0",
                "DELETE FROM related WHERE current_product_id % 3 = 0",
                "INSERT INTO photos (id, styleId, url, thumbnail_url) \
                    SELECT id + 1000000, styleId, url, 'old' FROM photos WHERE id % 5 = 0",
            ],
            DataSet::Texts => &[
                "UPDATE makers SET name = CONCAT(name, '!') WHERE name LIKE '%7%'",
                "UPDATE goods SET number = -number WHERE number % 6 = 0",
                "DELETE FROM notes WHERE id % 4 = 0",
                "INSERT INTO makers VALUES ('zz-old', 'no file has it', NULL)",
                "INSERT INTO goods VALUES ('zz-old', 'en', 'ZZ-OLD', 'no file has it', NULL)",
            ],
        }
    }
}

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/products")
}

/// Reviews; those of before have other values and fewer ids.
fn generate(folder: &Path, products: u32, state: State) {
    let (products, variant, seed) = match state {
        State::Before => (products / 3, "epoch", "2"),
        State::New => (products, "dirty", "1"),
    };
    let arguments = ["generate", ".", "--overwrite", "-q", "--variant", variant];
    let size = ["--products", &products.max(1).to_string(), "--seed", seed];
    run(folder, arguments.iter().chain(&size)).exits(0);
}

/// The files of the example; those of before lack every third record, and have other texts.
fn copy(folder: &Path, state: State) {
    for table in DataSet::Products.tables() {
        let name = format!("{table}.csv");
        let text = fs::read_to_string(example().join(&name)).unwrap();
        let text = match state {
            State::New => text,
            State::Before => text
                .lines()
                .enumerate()
                .filter(|(at, _)| at % 3 != 1)
                .map(|(_, line)| format!("{}\n", line.replace(" lasts", " lasted")))
                .collect(),
        };
        fs::write(folder.join(name), text).unwrap();
    }
}

/// A code in one of the spellings that a collation without case and accents calls equal.
fn code(number: u32, spelling: u32) -> String {
    let word = ["able", "ABLE", "âble", "Äble"][spelling as usize % 4];
    format!("{word}-{number}")
}

/// Records with equal keys, unique values that are taken, and missing parents; those of before lack
/// every third record, and have other names.
fn write_texts(folder: &Path, count: u32, state: State) {
    let (mut makers, mut goods, mut notes) = (
        "code,name,email\n".to_owned(),
        "sku,lang,maker,name,number\n".to_owned(),
        "id,sku,lang,note\n".to_owned(),
    );
    let old = match state {
        State::Before => ", once",
        State::New => "",
    };
    for i in (0..count).filter(|i| state == State::New || i % 3 != 1) {
        let of = if i % 11 == 10 { i - 3 } else { i };
        let email = match i {
            _ if i % 7 == 6 => String::new(),
            _ if i % 13 == 12 => format!("M{}@EXAMPLE.COM", i - 2),
            _ => format!("m{i}@example.com"),
        };
        writeln!(makers, "{},\"maker {i}{old}\",{email}", code(of, i)).unwrap();
        for lang in ["en", "fr"] {
            let maker = match i % 17 {
                16 => format!("nobody-{i}"),
                _ => code(i / 2, i + 1),
            };
            let number = match i % 19 {
                18 => i * 2 - 4,
                _ => i * 2 + u32::from(lang == "fr"),
            };
            let sku = code(i, i % 3);
            writeln!(
                goods,
                "{sku},{lang},{maker},\"thing {i}, {lang}{old}\",{number}"
            )
            .unwrap();
            let lang = if i % 23 == 22 { "xx" } else { lang };
            let id = i * 2 + u32::from(lang == "fr");
            writeln!(
                notes,
                "{id},{sku},{lang},\"\"\"{i}\"\"\nof two lines 🙂{old}\""
            )
            .unwrap();
        }
    }
    for (table, text) in [("makers", makers), ("goods", goods), ("notes", notes)] {
        fs::write(folder.join(format!("{table}.csv")), text).unwrap();
    }
}
