# The first column of every row of the rule book, as C.
s/^\| ([A-Z0-9]+(-[A-Z]+)*-[0-9]+) \|.*/    "\1",/p
