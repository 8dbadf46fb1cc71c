# Turns what browsers get beside the pages into C: strings without comments and margins, each called admin_ and the
# name of its file: style.css is admin_style.
function flush_line(text) {
    gsub(/\\/, "&&", text)
    gsub(/"/, "\\\"", text)
    # Rules of a style sheet may stand behind each other.
    print "    \"" text (name == "style" && text ~ /}$/ ? "" : "\\n") "\""
}
BEGIN {
    print "#include \"asset.h\""
}
FNR == 1 {
    if (NR > 1)
        print "    \"\";"
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\..*/, "", name)
    print "\nconst char admin_" name "[] ="
}
{
    sub(/^ +/, "")
    if ($0 ~ /^\/\*.*\*\/$/ || $0 ~ /^\/\/ / || $0 == "")
        next
    if (name == "style") {
        gsub(/: /, ":")
        gsub(/, /, ",")
        gsub(/ > /, ">")
        gsub(/ \{ ?/, "{")
        gsub(/;? \}$/, "}")
        gsub(/; /, ";")
    }
    flush_line($0)
}
END {
    print "    \"\";"
}
