//! Converts arguments as typed into the engine's options.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Error, Result, bail};

use crate::cli::defaults::FILE;
use crate::cli::{
    self, CheckArgs, DraftArgs, DraftTypesArgs, FilesArgs, LoadArg, LoadingArgs, OnDuplicateArg,
    OutputArgs, ReadingArgs, ReindexArgs, SeedArgs, SkipCheckArg, ValuesArgs, VerifyArg,
};
use crate::command_line;
use crate::report_files;
use crate::terminal::{Terminal, Verbosity};
use engine::options::{
    Commands, DatabaseChoice, LoadMethod, LoadingOptions, Merge, Mode, Rate, ReadingOptions,
    SchemaOptions, SeedOptions, StatementFiles, ThrottleOptions, Verification,
};
use engine::reindex::{Action, Changes};
use engine::settings::Settings;
use input::Input;
use input::format::{Format, HeaderLine};
use model::setting::SettingError;
use model::shell::quoted;
use mysql::db::DatabaseUrl;
use mysql::precheck::Skippable;
use mysql::verify::Depth;

/// The terminal on which a command shows events.
pub(super) fn terminal(phase: &'static str, output: &OutputArgs) -> Arc<Terminal> {
    let verbosity = match (output.quiet, output.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let terminal = Terminal::new(phase, verbosity).in_format(output.log_format.into());
    Arc::new(
        match output.report.iter().any(|f| report_files::is_page(f)) {
            true => terminal.gathering(),
            false => terminal,
        },
    )
}

/// Warns of a settings file beside the input files that is not read. Only the file in the current
/// folder is read, or that of `--config`.
pub(super) fn warn_of_unread_settings(
    directory: &Path,
    config: Option<&Path>,
    terminal: &Terminal,
) {
    let beside = directory.join(FILE);
    let Ok(place) = beside.canonicalize() else {
        return;
    };
    let read = config.unwrap_or(Path::new(FILE)).canonicalize();
    if !read.is_ok_and(|read| read == place) {
        terminal.info(&format!(
            "warning: {} is not read; settings come from {FILE} in the current folder, or from the file of --config; to use this file: --config {}",
            beside.display(),
            quoted(&beside.display().to_string())
        ));
    }
}

/// The terminal on which `draft` shows events.
pub(super) fn draft_terminal(args: &DraftArgs) -> Arc<Terminal> {
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    Arc::new(Terminal::new("draft", verbosity).in_format(args.log_format.into()))
}

/// The options of `draft`.
pub(super) fn draft(args: &DraftArgs) -> Result<draft::Options> {
    Ok(draft::Options {
        types: draft_types(&args.types),
        tables: args.tables.clone(),
        threads: args.threads.map(usize::from),
        max_record: usize::try_from(args.max_record)?,
        told: told(&args.values, &args.files)?,
    })
}

/// The settings and options that say how the files write values.
pub(super) fn told(values: &ValuesArgs, files: &FilesArgs) -> Result<draft::ToldValues> {
    let single = settings_of_files(files).single.into_iter();
    let single = single.map(|setting| draft::ToldSetting {
        table: setting.table,
        column: setting.column,
        key: setting.key,
        values: setting.values,
        place: setting.place,
    });
    Ok(draft::ToldValues {
        of_all: values.format().map_err(Error::msg)?,
        single: single.collect(),
    })
}

/// Which types are drafted.
pub(super) fn draft_types(args: &DraftTypesArgs) -> draft::TypeOptions {
    draft::TypeOptions {
        enums: match args.enums {
            true => draft::Enums::Enums,
            false => draft::Enums::Texts,
        },
        uuids: match args.uuid_binary {
            true => draft::Uuids::Binary,
            false => draft::Uuids::Texts,
        },
    }
}

/// The input files of a folder, and the format that the options set.
pub(super) fn input(directory: &Path, files: &FilesArgs) -> Result<Input> {
    let mut format = Format {
        header: match files.no_header {
            true => HeaderLine::Absent,
            false => HeaderLine::ByDialect,
        },
        encoding: files.encoding,
        ..Format::default()
    };
    match files.dialect.set(&mut format) {
        Ok(()) => {}
        Err(SettingError::Wrong(why)) => bail!("{why}"),
        Err(SettingError::Unknown) => bail!("a setting of the dialect is unknown"),
    }
    Ok(Input {
        directory: directory.to_owned(),
        mapped: files.map.clone(),
        renames: files.rename.clone(),
        tables: settings_of_files(files).tables(&format)?,
        format,
        partial: false,
    })
}

/// The settings of single tables and columns.
pub(super) fn settings_of_files(files: &FilesArgs) -> Settings {
    Settings {
        single: cli::settings::merged(&files.settings_of_file, &files.set),
        ..Settings::default()
    }
}

/// The settings with which values are read, from all options.
fn settings(args: &ReadingArgs) -> Result<Settings> {
    let mut typed = args.decode.clone();
    typed.extend(
        args.generate_ids
            .iter()
            .map(|t| cli::settings::generate_ids(t)),
    );
    typed.extend_from_slice(&args.files.set);
    Ok(Settings {
        values: args.values.format().map_err(Error::msg)?,
        zero_dates: args.zero_dates.into(),
        single: cli::settings::merged(&args.files.settings_of_file, &typed),
    })
}

/// The schema that the arguments name, if any.
pub(super) fn schema(file: Option<&Path>) -> SchemaOptions {
    SchemaOptions {
        file: file.map(Path::to_owned),
        built_in: Some(reviews::SCHEMA),
        with_innodb: false,
    }
}

fn reading(args: &ReadingArgs) -> Result<ReadingOptions> {
    let mut input = input(&args.directory, &args.files)?;
    let mut tables = args.tables.clone();
    if let Some(table) = &args.table {
        let stdin = Path::new("-");
        if input.directory != stdin {
            bail!(
                "--table names the table that standard input fills: reviewseed … - --table {table}; for tables of a folder use --tables"
            );
        }
        input.mapped.push((table.clone(), stdin.to_owned()));
        tables = vec![table.clone()];
    }
    Ok(ReadingOptions {
        tables,
        schema: SchemaOptions {
            with_innodb: args.storage_engine.is_some(),
            ..schema(args.schema.as_deref())
        },
        settings: settings(args)?,
        rejects: args.rejects.clone(),
        budget: args.max_rejects,
        max_record: usize::try_from(args.max_record)?,
        threads: args.threads.map(usize::from),
        batch_bytes: usize::try_from(args.batch_size)?,
        ..ReadingOptions::new(input)
    })
}

/// The options of `check`.
pub(super) fn check(args: &CheckArgs) -> Result<ReadingOptions> {
    Ok(ReadingOptions {
        servers: args.servers.map(Into::into),
        ..reading(&args.reading)?
    })
}

/// The options of `seed`.
pub(super) fn seed(args: &SeedArgs, terminal: &Terminal) -> Result<SeedOptions> {
    if args.sync && matches!(args.loading.max_rate, Some(Rate::Bytes(_))) {
        bail!(
            "--sync writes rows, not bytes of input: give --max-rate in rows, such as 5000rows/s"
        );
    }
    let database = super::database::choose(&args.database, terminal)?;
    Ok(SeedOptions {
        mode: match (args.append, args.replace, args.sync) {
            (true, ..) => Mode::Append,
            (_, true, _) => Mode::Replace,
            (.., true) => Mode::Sync,
            _ => Mode::Empty,
        },
        max_deletes: args.max_deletes,
        merge: match args.on_duplicate {
            None | Some(OnDuplicateArg::Reject) => None,
            Some(OnDuplicateArg::Ignore) => Some(Merge::Ignore),
            Some(OnDuplicateArg::Update) => Some(Merge::Update),
        },
        statements: StatementFiles {
            before: args.before.clone(),
            after: args.after.clone(),
        },
        force: args.force,
        dry_run: args.dry_run,
        loading: loading(&args.loading, &database)?,
        verification: match args.loading.verify {
            None => Verification::Default,
            Some(VerifyArg::None) => Verification::None,
            Some(VerifyArg::Quick) => Verification::Depth(Depth::Quick),
            Some(VerifyArg::Full) => Verification::Depth(Depth::Full),
        },
        commands: Commands {
            again: command_line::command_line(),
            dry_run: command_line::command_line_of_dry_run(),
        },
        ..SeedOptions::new(reading(&args.reading)?, database)
    })
}

fn loading(args: &LoadingArgs, database: &DatabaseChoice) -> Result<LoadingOptions> {
    Ok(LoadingOptions {
        connections: args.connections.map(usize::from),
        method: match args.load {
            LoadArg::Auto => None,
            LoadArg::LocalInfile => Some(LoadMethod::LocalInfile),
            LoadArg::Insert => Some(LoadMethod::Insert),
            LoadArg::Physical => Some(LoadMethod::Physical),
        },
        no_index: args.no_index,
        skip_binlog: args.skip_binlog,
        set_global: args.set_global,
        keep_redo_log: args.keep_redo_log,
        compare_generated: args.compare_generated,
        throttle: throttle(args, database)?,
        session: args.session_sql.clone(),
        skipped_checks: args.skip_check.iter().map(skippable).collect(),
    })
}

/// How the load is slowed. If the URL of a replica has no password, that of the database is used.
fn throttle(args: &LoadingArgs, database: &DatabaseChoice) -> Result<ThrottleOptions> {
    let limits_lag = args.throttle.is_some_and(|limits| limits.lag.is_some());
    if !args.replica.is_empty() && !limits_lag {
        bail!("--replica has no effect without a limit for the lag: add --throttle lag=2s");
    }
    let replica = |text: &String| -> Result<DatabaseUrl> {
        let replica = DatabaseUrl::parse(text).context("from --replica")?;
        Ok(match database {
            DatabaseChoice::Url(url) if !replica.has_password() => replica.with_password_of(url),
            _ => replica,
        })
    };
    Ok(ThrottleOptions {
        rate: args.max_rate,
        limits: args.throttle,
        replicas: args.replica.iter().map(replica).collect::<Result<_>>()?,
    })
}

fn skippable(check: &SkipCheckArg) -> Skippable {
    match check {
        SkipCheckArg::Disk => Skippable::Disk,
        SkipCheckArg::Rights => Skippable::Rights,
        SkipCheckArg::Role => Skippable::Role,
        SkipCheckArg::TransactionSize => Skippable::TransactionSize,
    }
}

/// What `reindex` does with its plan.
pub(super) fn action(args: &ReindexArgs) -> Action {
    match (args.dry_run, args.before_load) {
        (true, _) => Action::Print,
        (_, true) => Action::BeforeLoad,
        _ => Action::Apply,
    }
}

/// What `reindex` may change.
pub(super) fn changes(args: &ReindexArgs) -> Changes {
    Changes {
        drop: args.allow_drop,
        block: args.allow_blocking,
        columns: args.columns,
        rebuild: args.rebuild,
    }
}
