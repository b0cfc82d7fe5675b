// The exit codes: one table for --help, docs/exit-codes.md and the tests. Knows no errors.

export const exitCodes: Record<number, string> = {
  0: 'fine',
  1: 'a check found something (lint, check, doctor, build, parse, diff --exit-code, fmt --check); apply rolled back',
  2: 'bad usage or configuration; the message names the place',
  3: 'a Python worker could not be started',
  4: 'the application could not be loaded',
  5: 'a program or package of the system is missing (nginx, Python, Django); the message has the command',
  6: 'an address to listen on is taken or not allowed',
  7: 'no running gateway answers, or it did not do what it was told',
  70: 'a bug in postern',
}
