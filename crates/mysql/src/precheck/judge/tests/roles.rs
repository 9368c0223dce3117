//! What the server is to others: alone, a source, a member of a group or cluster.

use super::*;
use crate::engines::Engine;

fn group(own: (&str, &str), other: (&str, &str)) -> Facts {
    let member = |host: &str, (state, role): (&str, &str), own| Member {
        address: format!("{host}:3306"),
        state: state.to_string(),
        role: role.to_string(),
        own,
    };
    Facts {
        members: vec![member("a", own, true), member("b", other, false)],
        ..facts()
    }
}

#[test]
fn a_member_of_a_group_accepts_rows_when_it_is_primary() {
    let (online, secondary) = (("ONLINE", "PRIMARY"), ("ONLINE", "SECONDARY"));
    assert_eq!(found(&group(online, secondary), &needs()), []);
    assert_eq!(found(&group(online, online), &needs()), []);
    expect(
        &group(secondary, online),
        &needs(),
        Level::Fail,
        "role",
        "use the primary, b:3306, in --database-url",
    );
    expect(
        &group(("RECOVERING", "SECONDARY"), online),
        &needs(),
        Level::Fail,
        "role",
        "recovering secondary",
    );
    expect(
        &group(("ERROR", ""), ("OFFLINE", "")),
        &needs(),
        Level::Fail,
        "role",
        "no member is the primary now",
    );
    let skip = Requirements {
        skip_binlog: true,
        ..needs()
    };
    let found = found(&group(online, secondary), &skip);
    assert_eq!((found[0].0, found[0].1), (Level::Fail, "role"), "{found:?}");
    let left = group(("OFFLINE", ""), online);
    assert_eq!(Role::of(&left), Role::StandAlone);
}

#[test]
fn replicas_sources_and_read_only_servers_are_distinguished() {
    let replica = Facts {
        replicates_from: Some("main".to_string()),
        ..facts()
    };
    expect(
        &replica,
        &needs(),
        Level::Warn,
        "role",
        "use main in --database-url",
    );
    let source = Facts {
        replicas: Some(2),
        ..facts()
    };
    assert_eq!(found(&source, &needs()), []);
    let skip = Requirements {
        skip_binlog: true,
        ..needs()
    };
    expect(&source, &skip, Level::Warn, "binary log", "replicas");
    assert_eq!(found(&facts(), &skip), []);
    assert_eq!(
        Role::of(&Facts {
            replicas: None,
            ..facts()
        }),
        Role::Source(None)
    );
    for name in ["super_read_only", "innodb_read_only", "read_only"] {
        let mut facts = facts();
        set(&mut facts, name, "ON");
        facts.grants = Grants::parse(["GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`"]);
        expect(&facts, &needs(), Level::Fail, "role", "is read-only");
    }
    let mut mine = facts();
    set(&mut mine, "read_only", "ON");
    expect(
        &mine,
        &needs(),
        Level::Warn,
        "role",
        "may still write to it",
    );
}

#[test]
fn a_galera_node_accepts_rows_when_it_is_synced_in_the_primary_component() {
    let node = |state: &str, status: &str| {
        let mut facts = facts();
        set(&mut facts, "wsrep_on", "ON");
        for (name, value) in [
            ("wsrep_local_state_comment", state),
            ("wsrep_cluster_status", status),
            ("wsrep_cluster_size", "3"),
        ] {
            facts.status.insert(name.to_string(), value.to_string());
        }
        facts
    };
    assert_eq!(found(&node("Synced", "Primary"), &needs()), []);
    let skipping = Requirements {
        skip_binlog: true,
        ..needs()
    };
    let synced = node("Synced", "Primary");
    expect(
        &synced,
        &skipping,
        Level::Fail,
        "role",
        "leave the option out",
    );
    let mut limited = node("Synced", "Primary");
    set(&mut limited, "wsrep_max_ws_size", "1500000");
    let words = "--batch-size 375000";
    expect(&limited, &needs(), Level::Fail, "transaction size", words);
    let mut donor = node("Donor/Desynced", "Primary");
    expect(&donor, &needs(), Level::Fail, "role", "is Donor/Desynced");
    let nodes = "10.0.0.1:3306,10.0.0.2:3306".to_string();
    donor
        .status
        .insert("wsrep_incoming_addresses".to_string(), nodes);
    let words = "the nodes are 10.0.0.1:3306,10.0.0.2:3306";
    expect(&donor, &needs(), Level::Fail, "role", words);
    expect(
        &node("Synced", "non-Primary"),
        &needs(),
        Level::Fail,
        "role",
        "cluster is non-Primary",
    );
}

#[test]
fn servers_that_only_speak_the_protocol_are_named() {
    for (version, name) in [
        ("5.7.32-SingleStore", "SingleStore"),
        ("5.7.99-Doris-2.1", "Doris"),
    ] {
        let mut facts = facts();
        facts.server = ServerInfo::of(Engine::of(version, "", |_| false), version);
        expect(&facts, &needs(), Level::Warn, "role", name);
    }
}
