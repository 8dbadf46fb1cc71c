# Turns the style sheet into C: a string of what browsers need of it, without comments and margins.
function flush_line(text) {
    gsub(/\\/, "&&", text)
    gsub(/"/, "\\\"", text)
    print "    \"" text "\\n\""
}
BEGIN {
    print "#include \"layout.h\"\n\nconst char admin_style[] ="
}
{
    sub(/^ +/, "")
    if ($0 ~ /^\/\*.*\*\/$/ || $0 == "")
        next
    flush_line($0)
}
END {
    print "    \"\";"
}
