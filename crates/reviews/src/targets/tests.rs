use super::*;

#[test]
fn a_share_is_rounded_up_and_exact() {
    let share = |text: &str, total| text.parse::<Portion>().unwrap().of(total);
    assert_eq!(share("10%", 950_023), 95_003);
    assert_eq!(share("10%", 100), 10);
    assert_eq!(share("10%", 101), 11);
    assert_eq!(share("10%", 1), 1);
    assert_eq!(share("10%", 0), 0);
    assert_eq!(share("0.1%", 1000), 1);
    assert_eq!(share("100%", 7), 7);
    assert_eq!(share("0.000001%", 7), 1);
    assert_eq!(share("5", 7), 5);
    assert_eq!(share("9", 7), 7);
}

#[test]
fn what_is_not_a_share_is_an_error() {
    for wrong in [
        "",
        "0",
        "0%",
        "-1",
        "101%",
        "100.1%",
        "x",
        "%",
        "1e2%",
        "+1%",
        ".5%",
        "5.%",
        "1.0000001%",
    ] {
        assert!(wrong.parse::<Portion>().is_err(), "{wrong}");
    }
}

#[test]
fn the_least_total_is_the_first_that_gives_enough() {
    for share in ["10%", "0.7%", "33.333333%", "100%", "99.5%"] {
        let last: Portion = share.parse().unwrap();
        for wanted in 1..200 {
            let total = last.least_total(wanted).unwrap();
            assert!(last.of(total) >= wanted, "{share} of {total}");
            assert!(last.of(total - 1) < wanted, "{share} of {total} - 1");
        }
    }
}
