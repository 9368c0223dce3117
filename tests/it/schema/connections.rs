//! Both client libraries on real servers: equal session settings, accounts with passwords, TLS.

use model::flavour::Flavour;

use super::*;

on_both_servers! {
    async fn both_clients_get_the_same_session_whatever_the_server_s_defaults(server: Server) {
        const ASK: &str = "SELECT CONCAT_WS('|', @@sql_mode, @@time_zone, @@character_set_client, @@character_set_results, \
            @@collation_connection, @@autocommit = 1, @@foreign_key_checks = 1, @@unique_checks = 1)";
        let mut scratch = Live::new(server).await;
        let mut bulk = db::connect_bulk(&scratch.url).await.unwrap();
        let of_bulk: Vec<String> = bulk.query(ASK).await.unwrap();
        let of_sqlx: String = sqlx::query_scalar(ASK)
            .fetch_one(&mut scratch.connection)
            .await
            .unwrap();
        assert_eq!(of_bulk, [of_sqlx.as_str()]);
        assert!(
            of_sqlx.contains("STRICT_ALL_TABLES") && !of_sqlx.contains("PIPES_AS_CONCAT"),
            "{of_sqlx}"
        );
        assert!(
            of_sqlx.ends_with("|+00:00|utf8mb4|utf8mb4|utf8mb4_unicode_520_ci|1|1|1"),
            "{of_sqlx}"
        );
        bulk.close().await;
        let info = db::ServerInfo::read(&mut scratch.connection).await.unwrap();
        let expected = match server == Server::MariaDB {
            true => Flavour::MariaDb,
            false => Flavour::MySql,
        };
        assert_eq!(info.flavour, expected);
    }
}

on_both_servers! {
    async fn an_ordinary_account_with_a_password_connects_by_both_clients_and_may_lack_the_scratch_database(server: Server) {
        let mut scratch = Live::of(Scratch::at(server.second_url())).await;
        let database = scratch.url.database().to_owned();
        for sql in [
            "DROP USER IF EXISTS 'it schema'@'localhost'",
            "CREATE USER 'it schema'@'localhost' IDENTIFIED BY 'p@ss/w:rd'",
            &format!(
                "GRANT ALL ON `{}`.* TO 'it schema'@'localhost'",
                database.replace('_', "\\_")
            ),
        ] {
            run(&mut scratch.connection, sql).await;
        }
        let shown = scratch.url.with_password_shown();
        let rest = shown.split_once('@').unwrap().1;
        let account =
            DatabaseUrl::parse(&format!("mysql://it%20schema:p%40ss%2Fw%3Ard@{rest}")).unwrap();
        // the first log-in of an account takes another way than the later ones
        db::close(db::connect(&account).await.unwrap()).await;
        run(&mut scratch.connection, "FLUSH PRIVILEGES").await;
        db::connect_bulk(&account)
            .await
            .unwrap()
            .close()
            .await;
        let mut connection = db::connect(&account).await.unwrap();
        let error = scratch_schema(&mut connection, &database, SCHEMA, "schema.sql")
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some(1044), "{error:#}");
        assert!(
            format!("{error:#}").starts_with("cannot create the scratch database of"),
            "{error:#}"
        );
        let wrong = DatabaseUrl::parse(&format!("mysql://it%20schema:s3cret@{rest}")).unwrap();
        for error in [
            db::connect(&wrong).await.unwrap_err(),
            db::connect_bulk(&wrong).await.unwrap_err(),
        ] {
            let text = format!("{error:#}");
            assert!(
                text.contains("are user and password right?") && !text.contains("s3cret"),
                "{text}"
            );
        }
        run(&mut scratch.connection, "DROP USER 'it schema'@'localhost'").await;
    }
}

/// Carries TCP connections to the socket of a server, so that clients which choose by the kind of
/// connection see a network.
async fn forward(url: &DatabaseUrl) -> u16 {
    let shown = url.with_password_shown();
    let socket = shown.split_once("socket=").unwrap().1.to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = tokio::net::UnixStream::connect(&socket).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    port
}

on_both_servers! {
    async fn over_tcp_both_clients_encrypt_as_the_url_says(server: Server) {
        const CIPHER: &str = "SHOW STATUS LIKE 'Ssl_cipher'";
        let mut scratch = Live::of(Scratch::at(server.second_url())).await;
        let port = forward(&scratch.url).await;
        let datadir: String = sqlx::query_scalar("SELECT @@datadir")
            .fetch_one(&mut scratch.connection)
            .await
            .unwrap();
        let has_tls = server != Server::MariaDB;
        let ca = format!("{datadir}ca.pem");
        for (parameters, encrypted) in [
            ("", Some(has_tls)),
            ("?ssl-mode=preferred", Some(has_tls)),
            ("?ssl-mode=disabled", Some(false)),
            ("?ssl-mode=required", has_tls.then_some(true)),
            ("?ssl-mode=verify-ca", None),
            (&format!("?ssl-mode=verify-identity&ssl-ca={ca}"), None),
        ] {
            let url = format!(
                "mysql://root@127.0.0.1:{port}/{}{parameters}",
                scratch.url.database()
            );
            let url = DatabaseUrl::parse(&url).unwrap();
            let (plain, bulk) = (db::connect(&url).await, db::connect_bulk(&url).await);
            match encrypted {
                None => {
                    for text in [
                        format!("{:#}", plain.unwrap_err()),
                        format!("{:#}", bulk.unwrap_err()),
                    ] {
                        assert!(text.contains("ssl-mode"), "{server:?} {parameters}: {text}");
                    }
                }
                Some(encrypted) => {
                    let (_, of_sqlx): (String, String) = sqlx::query_as(CIPHER)
                        .fetch_one(&mut plain.unwrap())
                        .await
                        .unwrap();
                    let of_bulk: Vec<(String, String)> =
                        bulk.unwrap().query(CIPHER).await.unwrap();
                    let of_bulk = &of_bulk[0].1;
                    assert_eq!(
                        (!of_sqlx.is_empty(), !of_bulk.is_empty()),
                        (encrypted, encrypted),
                        "{server:?} {parameters}"
                    );
                }
            }
        }
        if has_tls {
            let text =
                format!("mysql://root@127.0.0.1:{port}/mysql?ssl-mode=verify-ca&ssl-ca={ca}");
            let url = DatabaseUrl::parse(&text).unwrap();
            db::close(db::connect(&url).await.unwrap()).await;
            // the server's own certificate is made out to no host
            let text = format!("{:#}", db::connect_bulk(&url).await.unwrap_err());
            assert!(text.contains("use --load insert"), "{text}");
        }
    }
}
