//! Random tables of the types that physical import supports, with random rows, as schema and CSV.

use std::fmt::Write;

/// Numbers that follow from a seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Splitmix64.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

/// Kinds of columns.
#[derive(Clone, Copy)]
enum Kind {
    Integer(&'static str, i128, i128),
    Boolean,
    Decimal(u64, u64),
    Float,
    Double,
    DateTime(u64),
    Timestamp(u64),
    Date,
    Time(u64),
    Year,
    Enum(u64),
    Text(&'static str, u64),
    Bit(u64),
    Set(u64),
    Binary(u64),
    Bytes(&'static str, u64),
}

const INTEGERS: [Kind; 10] = [
    Kind::Integer("TINYINT", -128, 127),
    Kind::Integer("TINYINT UNSIGNED", 0, 255),
    Kind::Integer("SMALLINT", -32_768, 32_767),
    Kind::Integer("SMALLINT UNSIGNED", 0, 65_535),
    Kind::Integer("MEDIUMINT", -8_388_608, 8_388_607),
    Kind::Integer("MEDIUMINT UNSIGNED", 0, 16_777_215),
    Kind::Integer("INT", -2_147_483_648, 2_147_483_647),
    Kind::Integer("INT UNSIGNED", 0, 4_294_967_295),
    Kind::Integer("BIGINT", i64::MIN as i128, i64::MAX as i128),
    Kind::Integer("BIGINT UNSIGNED", 0, u64::MAX as i128),
];

const TEXTS: [Kind; 9] = [
    Kind::Text("CHAR(1)", 1),
    Kind::Text("CHAR(40)", 40),
    Kind::Text("CHAR(80)", 80),
    Kind::Text("VARCHAR(1)", 1),
    Kind::Text("VARCHAR(63)", 63),
    Kind::Text("VARCHAR(64)", 64),
    Kind::Text("VARCHAR(2000)", 2000),
    Kind::Text("TINYTEXT", 60),
    Kind::Text("TEXT", 3000),
];

const BYTES: [Kind; 5] = [
    Kind::Bytes("VARBINARY(1)", 1),
    Kind::Bytes("VARBINARY(255)", 255),
    Kind::Bytes("VARBINARY(256)", 256),
    Kind::Bytes("TINYBLOB", 255),
    Kind::Bytes("BLOB", 1500),
];

impl Kind {
    fn random(random: &mut Random) -> Kind {
        match random.below(16) {
            0..=2 => *random.of(&INTEGERS),
            3 => Kind::Boolean,
            4 => {
                let scale = random.below(31);
                let digits = 1 + random.below(35);
                Kind::Decimal((scale + digits).min(65), scale)
            }
            5 => *random.of(&[Kind::Float, Kind::Double]),
            6 => Kind::DateTime(random.below(7)),
            7 => Kind::Timestamp(random.below(7)),
            8 => *random.of(&[Kind::Date, Kind::Year]),
            9 => Kind::Time(random.below(7)),
            10 => Kind::Enum(*random.of(&[2, 255, 256, 300])),
            11 => Kind::Bit(*random.of(&[1, 8, 9, 64])),
            12 => Kind::Set(*random.of(&[1, 8, 9, 17, 25, 33, 64])),
            13 => Kind::Binary(*random.of(&[1, 16, 255])),
            14 => *random.of(&BYTES),
            _ => *random.of(&TEXTS),
        }
    }

    fn sql(self) -> String {
        match self {
            Kind::Integer(sql, ..) | Kind::Text(sql, _) | Kind::Bytes(sql, _) => sql.to_owned(),
            Kind::Bit(bits) => format!("BIT({bits})"),
            Kind::Binary(length) => format!("BINARY({length})"),
            Kind::Set(members) => {
                let members: Vec<String> = (0..members).map(|m| format!("'m{m}'")).collect();
                format!("SET({})", members.join(","))
            }
            Kind::Boolean => "BOOLEAN".to_owned(),
            Kind::Decimal(precision, scale) => format!("DECIMAL({precision},{scale})"),
            Kind::Float => "FLOAT".to_owned(),
            Kind::Double => "DOUBLE".to_owned(),
            Kind::DateTime(p) => format!("DATETIME({p})"),
            Kind::Timestamp(p) => format!("TIMESTAMP({p})"),
            Kind::Date => "DATE".to_owned(),
            Kind::Time(p) => format!("TIME({p})"),
            Kind::Year => "YEAR".to_owned(),
            Kind::Enum(members) => {
                let members: Vec<String> = (0..members).map(|m| format!("'m{m}'")).collect();
                format!("ENUM({})", members.join(","))
            }
        }
    }

    fn is_indexed_in_the_file(self) -> bool {
        !matches!(
            self,
            Kind::Float | Kind::Double | Kind::Text(..) | Kind::Bytes(..)
        )
    }

    /// A value as CSV.
    fn value(self, random: &mut Random) -> String {
        let fraction = |random: &mut Random, digits: u64| match digits {
            0 => String::new(),
            _ => format!(
                ".{:0width$}",
                random.below(10u64.pow(digits as u32)),
                width = digits as usize
            ),
        };
        match self {
            Kind::Integer(_, low, high) => match random.below(8) {
                0 => low.to_string(),
                1 => high.to_string(),
                // few values, so that keys have equals
                2..=5 => (low.max(-3) + i128::from(random.below(6))).to_string(),
                _ => (low + i128::from(random.next()) % (high - low + 1)).to_string(),
            },
            Kind::Boolean => random.below(2).to_string(),
            Kind::Decimal(precision, scale) => {
                let sign = if random.one_in(2) { "-" } else { "" };
                let mut digits = |count: u64| -> String {
                    let all_nine = random.one_in(6);
                    (0..count)
                        .map(|_| {
                            if all_nine {
                                '9'
                            } else {
                                char::from(b'0' + random.below(10) as u8)
                            }
                        })
                        .collect()
                };
                let whole = digits(precision - scale);
                let whole = if whole.is_empty() {
                    "0".to_owned()
                } else {
                    whole
                };
                match scale {
                    0 => format!("{sign}{whole}"),
                    _ => format!("{sign}{whole}.{}", digits(scale)),
                }
            }
            Kind::Float => format!("{}", (random.below(4000) as f64 - 2000.0) / 8.0),
            Kind::Double => format!("{}", (random.below(1 << 40) as f64 - 1e11) / 64.0),
            Kind::DateTime(p) => {
                let year = 1000 + random.below(9000);
                self.moment(random, year, p)
            }
            Kind::Timestamp(p) => {
                let year = 1971 + random.below(66);
                self.moment(random, year, p)
            }
            Kind::Date => format!(
                "{:04}-{:02}-{:02}",
                1000 + random.below(9000),
                1 + random.below(12),
                1 + random.below(28)
            ),
            Kind::Time(p) => format!(
                "{}{:02}:{:02}:{:02}{}",
                if random.one_in(2) { "-" } else { "" },
                random.below(838),
                random.below(60),
                random.below(60),
                fraction(random, p)
            ),
            Kind::Year => (*random.of(&["1901", "1999", "2024", "2155"])).to_owned(),
            Kind::Enum(members) => format!("m{}", random.below(members)),
            Kind::Bit(bits) => (random.next() >> (64 - bits)).to_string(),
            Kind::Set(members) => {
                let chosen: Vec<String> = (0..1 + random.below(3))
                    .map(|_| format!("m{}", random.below(members)))
                    .collect();
                format!("\"{}\"", chosen.join(","))
            }
            Kind::Binary(most) | Kind::Bytes(_, most) => {
                let length = random.below(most + 1);
                let first = random.below(256) as u8;
                let bytes = (0..length).map(|at| format!("{:02x}", first.wrapping_add(at as u8)));
                format!("0x{}", bytes.collect::<String>())
            }
            Kind::Text(_, length) => {
                let length = match random.below(6) {
                    0 => length,
                    1 => random.below(length + 1),
                    _ => random.below(length.min(30) + 1),
                };
                let alphabet = *random.of(&["ab c", "é\"x", "🙂ü,", "'\\\n\t"]);
                let letters: Vec<char> = alphabet.chars().collect();
                let text: String = (0..length).map(|_| *random.of(&letters)).collect();
                format!("\"{}\"", text.replace('"', "\"\""))
            }
        }
    }

    fn moment(self, random: &mut Random, year: u64, digits: u64) -> String {
        let fraction = match digits {
            0 => String::new(),
            _ => format!(
                ".{:0width$}",
                random.below(10u64.pow(digits as u32)),
                width = digits as usize
            ),
        };
        format!(
            "{year:04}-{:02}-{:02} {:02}:{:02}:{:02}{fraction}",
            1 + random.below(12),
            1 + random.below(28),
            random.below(24),
            random.below(60),
            random.below(60)
        )
    }
}

/// A table with its rows.
pub struct Made {
    /// `CREATE TABLE made …`.
    pub schema: String,
    /// `made.csv`.
    pub csv: String,
    /// Indexes with all their columns, those of the primary key too.
    pub indexes: Vec<(String, Vec<String>)>,
    /// Columns of the primary key.
    pub key: Vec<String>,
    /// Texts that may be changed.
    pub texts: Vec<String>,
    pub rows: u64,
}

/// The table of a seed.
pub fn made(seed: u64, rows: u64) -> Made {
    let mut random = Random::new(seed);
    let columns: Vec<(String, Kind, bool)> = (0..1 + random.below(12))
        .map(|at| {
            (
                format!("c{at}"),
                Kind::random(&mut random),
                random.one_in(2),
            )
        })
        .collect();
    let wide = random.one_in(3);
    let numbered = !wide && random.one_in(2);
    let key: Vec<String> = match wide {
        true => vec!["part".to_owned(), "id".to_owned()],
        false => vec!["id".to_owned()],
    };
    let id_kind = *random.of(&["INT UNSIGNED", "INT"]);
    let mut schema = format!(
        "CREATE TABLE made (id {id_kind} NOT NULL{}, ",
        if numbered { " AUTO_INCREMENT" } else { "" }
    );
    if wide {
        schema.push_str("part SMALLINT NOT NULL, ");
    }
    for (name, kind, nullable) in &columns {
        let null = if *nullable { "NULL" } else { "NOT NULL" };
        write!(schema, "{name} {} {null}, ", kind.sql()).unwrap();
    }
    schema.push_str("u INT UNSIGNED NULL, ");
    let descending = |random: &mut Random| if random.one_in(3) { " DESC" } else { "" };
    let parts: Vec<String> = key
        .iter()
        .map(|k| format!("{k}{}", descending(&mut random)))
        .collect();
    write!(schema, "PRIMARY KEY ({})", parts.join(", ")).unwrap();
    let mut indexes = Vec::new();
    let mut candidates: Vec<&String> = columns
        .iter()
        .filter(|(_, k, _)| k.is_indexed_in_the_file())
        .map(|(n, ..)| n)
        .collect();
    candidates.extend(&key);
    for number in 0..random.below(5) {
        let mut of: Vec<String> = Vec::new();
        let mut parts = Vec::new();
        for _ in 0..1 + random.below(3) {
            let column = (*random.of(&candidates)).clone();
            if of.contains(&column) {
                continue;
            }
            parts.push(format!("{column}{}", descending(&mut random)));
            of.push(column);
        }
        write!(schema, ", KEY k{number} ({})", parts.join(", ")).unwrap();
        of.extend(
            key.iter()
                .filter(|k| !parts.iter().any(|p| p.starts_with(*k)))
                .cloned(),
        );
        indexes.push((format!("k{number}"), of));
    }
    if random.one_in(2) {
        schema.push_str(", UNIQUE KEY unique_u (u)");
        indexes.push((
            "unique_u".to_owned(),
            [vec!["u".to_owned()], key.clone()].concat(),
        ));
    }
    let texts: Vec<String> = columns
        .iter()
        .filter(|(_, kind, _)| matches!(kind, Kind::Text("VARCHAR(2000)" | "TEXT", _)))
        .map(|(name, ..)| name.clone())
        .collect();
    if let (Some(text), true) = (texts.first(), random.one_in(3)) {
        write!(schema, ", KEY by_text ({text}(10))").unwrap();
    }
    schema
        .push_str(") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;");

    let mut names = vec!["id".to_owned()];
    if wide {
        names.push("part".to_owned());
    }
    names.extend(columns.iter().map(|(name, ..)| name.clone()));
    names.push("u".to_owned());
    let mut csv = names.join(",") + "\n";
    let negative = id_kind == "INT" && !numbered;
    let shuffled = random.one_in(3);
    for row in 0..rows {
        // an odd factor permutes the numbers below 2^20
        let place = if shuffled {
            row * 40_503 % (1 << 20)
        } else {
            row
        };
        let id = place as i64 * 3 + 1 - if negative { 5000 } else { 0 };
        write!(csv, "{id}").unwrap();
        if wide {
            write!(csv, ",{}", random.below(5) as i64 - 2).unwrap();
        }
        for (_, kind, nullable) in &columns {
            csv.push(',');
            if !(*nullable && random.one_in(4)) {
                csv.push_str(&kind.value(&mut random));
            }
        }
        match random.one_in(3) {
            true => csv.push_str(",\n"),
            false => writeln!(csv, ",{row}").unwrap(),
        }
    }
    Made {
        schema,
        csv,
        indexes,
        key,
        texts,
        rows,
    }
}
