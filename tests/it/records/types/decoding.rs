//! Settings that decode columns of bytes, on the command line and in reviewseed.toml; keys of bytes
//! and bits.

use std::fs;

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

const SCHEMA: &str = "\
CREATE TABLE assets (uid BINARY(16) NOT NULL PRIMARY KEY, flag BIT(1) NOT NULL, kinds SET('a','b','c'), raw VARBINARY(9), packed BLOB);
CREATE TABLE uses (id INT PRIMARY KEY, asset BINARY(16), FOREIGN KEY (asset) REFERENCES assets (uid));
";
const ASSETS: &str = "\
uid,flag,kinds,raw,packed
6ccd780c-baba-1026-9564-5b8c656024db,1,\"b,a\",\"it's \",TWFu
6ccd780cbaba102695645b8c656024dc,b'0',,\\N,
6CCD780C-baba-1026-9564-5b8c656024db,true,c,x,TQ==
zzz,0,c,x,TQ==
";
const USES: &str = "\
id,asset
1,0x6ccd780cbaba102695645b8c656024db
2,X'6CCD780CBABA102695645B8C656024DC'
3,0x00
4,6ccd780c
";

on_both_servers! {
    fn bytes_are_read_as_the_settings_say(server: Server) {
        let folder = folder();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("schema.sql", SCHEMA);
        write("assets.csv", ASSETS);
        write("uses.csv", USES);
        write("reviewseed.toml", "\
            [tables.assets.columns.UID]\ndecode = \"uuid\"\n\
            [tables.assets.columns.raw]\ndecode = \"raw\"\n\
            [tables.assets.columns.packed]\ndecode = \"base64\"\n");
        let config = folder.path().join("reviewseed.toml");
        let config = config.to_str().unwrap();
        for way in ["local-infile", "insert"] {
            let scratch = Scratch::new(server);
            run(folder.path(), [
                "seed", "--config", config, "--database-url", scratch.url(), "--load", way, "--verify", "full", "--max-rejects", "100%",
            ]).exits(0);
            let value = |sql: &str| scratch.value(sql);
            assert_eq!(value("SELECT CONCAT_WS('|', HEX(uid), flag+0, kinds, HEX(raw), HEX(packed)) FROM assets WHERE kinds IS NOT NULL"),
                "6CCD780CBABA102695645B8C656024DB|1|a,b|69742773|4D616E".replace("69742773", "6974277320"));
            assert_eq!(value("SELECT CONCAT_WS('|', flag+0, kinds IS NULL, raw IS NULL, packed IS NULL) FROM assets WHERE kinds IS NULL"), "0|1|1|1");
            assert_eq!(value("SELECT GROUP_CONCAT(id ORDER BY id) FROM uses"), "1,2");
            let reasons = |table: &str| fs::read_to_string(folder.path().join(format!("rejects/{table}.reasons.csv"))).unwrap();
            let assets = reasons("assets");
            assert!(assets.contains(",duplicate_key,") && assets.contains(",not_a_uuid,"), "{assets}");
            let uses = reasons("uses");
            assert!(uses.contains(",missing_parent,") && uses.contains(",not_bytes,"), "{uses}");
            assert!(uses.contains("decode = \"\"hex\"\""), "{uses}");
            run(folder.path(), ["verify", "--database-url", scratch.url()]).exits(0);
        }
    }
}

#[test]
fn a_setting_on_the_command_line_is_checked_against_the_schema() {
    let folder = folder();
    fs::write(folder.path().join("schema.sql"), SCHEMA).unwrap();
    fs::write(folder.path().join("uses.csv"), "id,asset\n1,00\n").unwrap();
    let check = |decode: &str| {
        let options = [
            "check",
            "--tables",
            "uses",
            "--max-rejects",
            "100%",
            "--decode",
            decode,
        ];
        run(folder.path(), options)
    };
    check("uses.asset=hex").exits(0);
    for (decode, words) in [
        (
            "uses.asset=octal",
            "\"octal\" is not one of literal, hex, base64, raw, uuid, uuid-swap",
        ),
        ("uses=hex", "is not TABLE.COLUMN=FORM"),
        ("uses.id=hex", "uses.id has type int"),
        ("uses.x=hex", "table uses has no column x"),
        ("use.id=hex", "the schema has no table use"),
    ] {
        let ran = check(decode).exits(2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    fs::write(
        folder.path().join("reviewseed.toml"),
        "[tables.uses.columns.asset]\ndecoding = \"hex\"\n",
    )
    .unwrap();
    let config = folder.path().join("reviewseed.toml");
    let ran = run(
        folder.path(),
        ["check", "--config", config.to_str().unwrap()],
    )
    .exits(2);
    assert!(
        ran.stderr
            .contains("tables.uses.columns.asset.decoding: decoding is not a setting of a column"),
        "{}",
        ran.stderr
    );
}

on_both_servers! {
    /// What the server shows with leading zeros is compared as a number.
    fn zero_filled_numbers_are_stored_as_the_checksum_says(server: Server) {
        let folder = folder();
        let schema = "CREATE TABLE filled (id INT(5) ZEROFILL PRIMARY KEY, a BIGINT(20) UNSIGNED ZEROFILL, d DECIMAL(8,2) ZEROFILL NOT NULL, \
            f FLOAT ZEROFILL, g DOUBLE(10,3) ZEROFILL, h FLOAT(7,2) ZEROFILL);";
        fs::write(folder.path().join("schema.sql"), schema).unwrap();
        fs::write(folder.path().join("filled.csv"), "id,a,d,f,g,h\n1,18446744073709551615,1.50,2.25,3.125,4.25\n23,5,0,1e-3,0.001,\n").unwrap();
        for way in ["local-infile", "insert"] {
            let scratch = Scratch::new(server);
            run(folder.path(), [
                "seed", "--database-url", scratch.url(), "--load", way, "--verify", "full", "--max-rejects", "0",
            ]).exits(0);
            assert_eq!(scratch.value("SELECT CONCAT_WS('|', id, g, h) FROM filled WHERE id = 1"), "00001|000003.125|0004.25");
        }
    }
}
