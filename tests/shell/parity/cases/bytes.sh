### all bytes through a pipe
for i in {0..255}; do printf "\\x$(printf %x $i)"; done | md5sum
### invalid UTF-8 in words
printf %s $'\xff\xfe\x80' | od -An -tx1
### NUL through a pipe
printf 'a\0b' | cat | od -An -c
### NUL in a substitution
x=$(printf 'a\0b'); echo ${#x}
### random data
head -c 200000 /dev/zero | tr '\0' x | wc -c
### names of files
touch $'a\xffb'; ls | od -An -tx1
### long arguments
x=$(head -c 100000 /dev/zero | tr '\0' y); echo ${#x}; /bin/echo $x | wc -c
### no newline at the end
printf abc
### wide characters
x=é€; echo ${#x} "$x"
### control characters
printf '\001\033[31m\007' | od -An -tx1
