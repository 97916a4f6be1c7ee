### quoted sentences are words
echo kill the process on port 8080
### a program that is named like a sentence begins
type time | head -1; command -v find >/dev/null && echo found
### find with a path
mkdir d; touch d/f; find d -name 'f*' -print
### test with a string
test 'list processes' = 'list processes' && echo same
### sort with options
printf 'b\na\n' | sort -r
### a question in a string
printf '%s\n' 'what is using the most memory?'
### sleep
sleep 0
### a loop over words of a sentence
for w in show me the processes; do printf '%s ' $w; done
### an assignment before a command
LC_ALL=C sort /dev/null
### sed and awk programs
echo a b | awk '{print $2}'; echo ab | sed 's/a/?/'
### cut and head
echo a:b | cut -d: -f2 | head -n 1
### kill with a number that is none
kill -0 $$; echo $?
### who has no arguments
who /dev/null
### date with a format
date -d @0 -u +%Y
### ls of files
touch one two; ls one two
### grep in a file
echo 'kill it' > f; grep -c kill f
### cat of files
echo x > a; cat a a
### mkdir and rmdir
mkdir -p a/b && rmdir a/b && ls a
### rm of files
touch a b; rm a; rm -f b c; ls
### mv and cp
echo x > a; cp a b; mv b c; ls
### chmod
touch f; chmod 600 f; stat -c %a f
### ln
ln -s target l; readlink l
### true with arguments
true and some words
### python in between
python3 -c 'print(1+1)' 2>/dev/null || echo 2
### make with a rule
command -v tr
### dd of a file
printf abcdef > f; dd if=f bs=1 count=3 2>/dev/null
### expr
expr 3 + 4
### seq
seq 3
### basename and dirname
basename /a/b.c .c; dirname /a/b.c
### wc
printf 'a b\n' | wc -w
### git-like words
printf '%s\n' status | grep -x status
