### plain
cat <<EOF
a $((1+2)) $HOME_NOT_SET b
EOF
### quoted delimiter
cat <<'EOF'
$x `y` \z
EOF
### sentences in it are text
cat <<EOF
?list processes
don't
EOF
echo after
### quoted, with sentences
cat <<"END OF"
?kill everything
END OF
### tabs stripped
if true; then
	cat <<-EOF
	a
		b
	EOF
fi
### two on a line
cat <<A; cat <<B
?a
A
?b
B
### in a pipeline
cat <<EOF | tr a-z A-Z
text
EOF
### in a substitution
x=$(cat <<EOF
?inside
EOF
); echo "$x"
### in a function
f() {
cat <<EOF
?arg $1
EOF
}
f one
### backslash newline joins
cat <<EOF
a \
b
EOF
### joined lines hide the delimiter
cat <<EOF
a \
EOF
b
EOF
echo after
### not closed
cat <<EOF
a
### escaped delimiter
cat <<\EOF
$x
EOF
### with arguments after it
cat <<EOF - /dev/null
x
EOF
### to another descriptor
cat <<EOF 3<&0 <&3
y
EOF
### shift is no heredoc
echo $((1<<3)); ((x = 2 << 2)); echo $x
### in a loop
for i in 1 2; do cat <<EOF
i=$i
EOF
done
### delimiter in a quote does not end
cat <<EOF
"
?x '
EOF
echo "ok"
### bytes
cat <<'EOF' | od -An -tx1
é€
EOF
