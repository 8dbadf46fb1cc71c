# Turns the files of sql/ into C: awk -v out=h -f sql/embed.awk FILES for the header,
# -v out=c for the source. The rules that it holds the files to are in sql/README.md; nothing is
# printed when a file breaks one, and the exit status is 1.

function fault(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"
    faults++
}

function literal(text) {
    gsub(/\\/, "&&", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\\n\""
}

function begin_file() {
    end_file()
    file = FILENAME
    files++
    last_line = ""
    file_statements = statements
    kind = "query"
    if (file ~ /(^|\/)migrate\/[^\/]*$/)
        begin_migration()
    else if (file !~ /(^|\/)query\/[a-z_]+\.sql$/)
        fault("not a file of query/ or migrate/")
}

function begin_migration(base, parts) {
    kind = "migrate"
    base = file
    sub(/.*\//, "", base)
    if (base !~ /^(config|state)_[0-9][0-9][0-9][0-9]_[a-z0-9_]+\.sql$/) {
        fault("a migration is called DATABASE_NNNN_WORDS.sql")
        return
    }
    split(base, parts, "_")
    migrations++
    migration_database[migrations] = parts[1]
    migration_version[migrations] = parts[2] + 0
    migration_text[migrations] = ""
    if (parts[2] + 0 != versions[parts[1]] + 1)
        fault("version " (parts[2] + 0) " follows on " (versions[parts[1]] + 0))
    versions[parts[1]] = parts[2] + 0
}

function end_file() {
    if (file == "")
        return
    if (kind == "query") {
        end_of_statement_expected()
        if (statements == file_statements)
            fault("no statement in " file)
    } else if (last_line !~ /;$/)
        fault("the migration does not end with a semicolon: " file)
}

function end_of_statement_expected() {
    if (state != "")
        fault("the statement " name " does not end with a semicolon")
    state = ""
}

function begin_statement(text) {
    end_of_statement_expected()
    sub(/^-- name: /, "", text)
    name = text
    sub(/ .*/, "", name)
    if (name !~ /^[a-z][a-z0-9_]*$/)
        fault("a name is made of lower-case letters, digits and underscores: " name)
    if (name in seen)
        fault("the name " name " stands twice")
    seen[name] = 1
    statements++
    statement_name[statements] = name
    statement_text[statements] = ""
    params[statements] = 0
    comments = 0
    state = "text"
    list = substr(text, length(name) + 1)
    sub(/^ /, "", list)
    if (list != "")
        read_params("")
}

# The list of parameters goes on in the next comment line until its bracket closes.
function read_params(more, names, count, i) {
    list = list more
    if (list !~ /\)$/) {
        state = "params"
        return
    }
    state = "text"
    if (list !~ /^\([a-z][a-z0-9_]*(, [a-z][a-z0-9_]*)*\)$/) {
        fault("the parameters of " name " are not (name, name, ...)")
        return
    }
    count = split(substr(list, 2, length(list) - 2), names, ", ")
    for (i = 1; i <= count; i++) {
        if ((statements, names[i]) in param_seen)
            fault("the parameter " names[i] " of " name " stands twice")
        param_seen[statements, names[i]] = 1
        param[statements, i] = names[i]
    }
    params[statements] = count
}

function statement_line(line) {
    if (state == "params")
        fault("the parameters of " name " do not end")
    if (state == "") {
        fault("text that belongs to no statement")
        return
    }
    if (comments == 0)
        fault("the statement " name " has no comment that says what for")
    comments = 1
    note_params(line)
    if (index(line, ";") && index(line, ";") != length(line))
        fault("a semicolon inside the statement " name)
    if (line ~ /;$/) {
        sub(/;$/, "", line)
        state = ""
    }
    statement_text[statements] = statement_text[statements] "\n    " literal(line)
    if (state == "")
        check_params()
}

function note_params(line, number) {
    if (line ~ /[?@]|[^:]:[A-Za-z]|\$[^0-9]|\$$/)
        fault("parameters are written $1, $2 ...")
    while (match(line, /\$[0-9]+/)) {
        number = substr(line, RSTART + 1, RLENGTH - 1) + 0
        used[statements, number] = 1
        if (number < 1 || number > params[statements])
            fault("the statement " name " has no parameter $" number)
        line = substr(line, RSTART + RLENGTH)
    }
}

function check_params(i) {
    for (i = 1; i <= params[statements]; i++)
        if (!((statements, i) in used))
            fault("the parameter " param[statements, i] " of " name " is not used")
}

FNR == 1 {
    begin_file()
}

/\r/ || /\t/ || /[^ -~]/ {
    fault("only printable ASCII, indented with blanks")
}

/^ *$/ {
    next
}

kind == "query" && /^-- name:/ {
    begin_statement($0)
    next
}

kind == "query" && /^--/ {
    if (state == "params") {
        sub(/^-- */, "")
        read_params(" " $0)
    } else
        comments++
    next
}

/^ *--/ {
    next
}

/--/ {
    fault("a comment has a line of its own")
}

kind == "query" {
    statement_line($0)
    next
}

{
    if ($0 ~ /^ *(BEGIN|COMMIT|ROLLBACK|PRAGMA)/)
        fault("a migration runs inside a transaction that is not its own")
    migration_text[migrations] = migration_text[migrations] "\n    " literal($0)
    last_line = $0
}

function print_header(i) {
    print "/* Generated by sql/embed.awk from sql/: the statements by name, the migrations in order. */"
    print "#ifndef TOKEX_STORE_SQL_TEXT_H"
    print "#define TOKEX_STORE_SQL_TEXT_H"
    print ""
    print "typedef enum tokex_sql_t {"
    for (i = 1; i <= statements; i++)
        print "    TOKEX_SQL_" toupper(statement_name[i]) ","
    print "    TOKEX_SQL_COUNT"
    print "} tokex_sql_t;"
    print ""
    print "/* A statement; parameter number n, written $n, has the name params[n - 1]. */"
    print "typedef struct tokex_sql_text_t {"
    print "    const char *name;"
    print "    const char *text;"
    print "    const char *const *params;"
    print "    int param_count;"
    print "} tokex_sql_text_t;"
    print ""
    print "/* A migration: brings `database` (\"config\" or \"state\") from version - 1 to version. */"
    print "typedef struct tokex_sql_migration_t {"
    print "    const char *database;"
    print "    int version;"
    print "    const char *text;"
    print "} tokex_sql_migration_t;"
    print ""
    print "#define TOKEX_SQL_PARAMS_MAX " largest()
    print "#define TOKEX_SQL_MIGRATION_COUNT " migrations
    print ""
    print "extern const tokex_sql_text_t tokex_sql_text_statements[TOKEX_SQL_COUNT];"
    print "/* By database, then by version. */"
    print "extern const tokex_sql_migration_t tokex_sql_text_migrations[TOKEX_SQL_MIGRATION_COUNT];"
    print ""
    print "#endif"
}

function largest(i, most) {
    most = 1
    for (i = 1; i <= statements; i++)
        if (params[i] > most)
            most = params[i]
    return most
}

function print_source(i, j, line) {
    print "/* Generated by sql/embed.awk from sql/. */"
    print "#include \"store/sql_text.h\""
    print ""
    print "#include <stddef.h>"
    print ""
    for (i = 1; i <= statements; i++) {
        if (!params[i])
            continue
        line = ""
        for (j = 1; j <= params[i]; j++)
            line = line (j > 1 ? ", " : "") "\"" param[i, j] "\""
        print "static const char *const params_" statement_name[i] "[] = {" line "};"
    }
    print ""
    print "const tokex_sql_text_t tokex_sql_text_statements[TOKEX_SQL_COUNT] = {"
    for (i = 1; i <= statements; i++)
        print "    {\"" statement_name[i] "\"," statement_text[i] ",\n     " \
            (params[i] ? "params_" statement_name[i] : "NULL") ", " params[i] "},"
    print "};"
    print ""
    print "const tokex_sql_migration_t tokex_sql_text_migrations[TOKEX_SQL_MIGRATION_COUNT] = {"
    for (i = 1; i <= migrations; i++)
        print "    {\"" migration_database[i] "\", " migration_version[i] "," migration_text[i] "},"
    print "};"
}

END {
    end_file()
    if (out != "h" && out != "c")
        fault("say -v out=h or -v out=c")
    if (files != ARGC - 1)
        fault("a file is empty")
    if (!statements || !versions["config"] || !versions["state"])
        fault("statements and migrations of both databases are needed")
    if (faults)
        exit 1
    if (out == "h")
        print_header()
    else
        print_source()
}
