import assert from 'node:assert/strict';
import test from 'node:test';
import { blockingInhibitors, personsLoggedIn, restartObstacles } from './restart-obstacles.ts';

/** As `busctl --json=short` of systemd 257 prints it. */
const LOCKS =
  '{"type":"a(ssssuu)","data":[[["sleep","ModemManager","needs to reset devices","delay",0,612],["shutdown:sleep","backup","a backup is being written","block",0,913],["shutdown","shell","unsaved work","block-weak",1000,914]]]}\n';
/** As `loginctl --output=json` of systemd 257 prints it. */
const SESSIONS =
  '[{"session":"1","uid":1000,"user":"anna","seat":null,"leader":900,"class":"user","tty":"pts/0","idle":false,"since":null},{"session":"2","uid":1000,"user":"anna","seat":null,"leader":901,"class":"manager","tty":null,"idle":false,"since":null},{"session":"c1","uid":106,"user":"gdm","seat":"seat0","leader":903,"class":"greeter","tty":"tty1","idle":false,"since":null}]\n';

test('locks that forbid a shutdown', () => {
  assert.deepEqual(blockingInhibitors(LOCKS), ['backup: a backup is being written']);
  for (const odd of ['', 'null', '{}', '{"data":[]}', '{"data":[[null, 3, []]]}']) {
    assert.deepEqual(blockingInhibitors(odd), []);
  }
});

test('people who are logged in', () => {
  assert.deepEqual(personsLoggedIn(SESSIONS), [{ user: 'anna', terminal: 'pts/0' }]);
  for (const odd of ['', 'No sessions.', '{}', '[null]']) assert.deepEqual(personsLoggedIn(odd), []);
});

test('where logind knows of nobody, or is not there, the kernel is asked', async () => {
  const without = async () => ({ status: 1, stdout: '', stderr: 'Could not activate remote peer' });
  const atTerminals = () => [{ user: 'root', terminal: 'ttyS0' }];
  assert.deepEqual(await restartObstacles(without, atTerminals), { inhibitors: [], logins: atTerminals() });
  const with257 = async ([program]: readonly string[]) => ({
    status: 0,
    stdout: program === 'loginctl' ? SESSIONS : LOCKS,
    stderr: '',
  });
  assert.deepEqual(await restartObstacles(with257, atTerminals), {
    inhibitors: ['backup: a backup is being written'],
    logins: [{ user: 'anna', terminal: 'pts/0' }],
  });
});
