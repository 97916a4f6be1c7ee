### operators
echo $((7/2)) $((7%3)) $((2**10)) $((1<<4)) $((5&3)) $((5|3)) $((5^3)) $((~0)) $((!1))
### ternary
x=3; echo $((x>2?10:20))
### ternary over lines
x=1
((y = x
? 5
: 6)); echo $y
### substitution over lines
echo $((1
+ 2))
### status
((0)); echo $?; ((1)); echo $?
### bases
echo $((0x1f)) $((010)) $((2#101)) $((36#z))
### increments
i=5; echo $((i++)) $((++i)) $((i--)) $i
### assignment
((a=1, b=a+1)); echo $a $b
### division by zero
echo $((1/0)); echo $?
### overflow
echo $((9223372036854775807+1))
### for loop
for ((i=0; i<3; i++)); do echo $i; done
### let
let x=1+2 y=x*2; echo $x $y
### bad syntax
echo $((1+)); echo $?
### nested
echo $(( (1+2) * (3+4) )) $(( $(echo 4) + 1 ))
### comparison
((3 > 2)) && echo yes
### no fractions
echo $((1.5)); echo $?
### subshell in a subshell
((echo a); echo b)
