import { of, type Hostile } from './hostile-sql.ts'

/** Allowed by their parts. They end by themselves, by a limit or when somebody cancels them, and the server lives on. */
export const bombs: Hostile[] = [
  ...of('memory', 'query', [
    'SELECT range(400000000) AS r',
    'SELECT arrayMap(x -> range(1000000), range(100000)) AS r',
    "SELECT repeat(repeat('x', 1000000), 1000000) AS r",
    "SELECT arrayMap(x -> repeat('x', 1000000), range(100000)) AS r",
    'SELECT groupArray(a.id + b.id) FROM big AS a CROSS JOIN big AS b',
    'SELECT a.id FROM big AS a CROSS JOIN big AS b ORDER BY cityHash64(a.id, b.id) LIMIT 1000000000',
    'SELECT uniqExact(a.id, b.id) FROM big AS a CROSS JOIN big AS b',
    'SELECT a.id, b.id, count() FROM big AS a CROSS JOIN big AS b GROUP BY ALL',
    "SELECT leftPad('x', 1000000000, 'y') AS r",
    'SELECT (SELECT groupArray(range(100000)) FROM big) AS r',
    'WITH RECURSIVE x AS (SELECT id FROM big UNION ALL SELECT x.id FROM x CROSS JOIN big) SELECT * FROM x',
    "SELECT topK(65535)(concat(toString(a.id), repeat('x', 100000))) FROM big AS a",
    "SELECT groupConcat(',')(repeat('x', 100000)) FROM big",
    'SELECT id FROM sales ORDER BY id WITH FILL FROM 0 TO 100000000000',
  ]),
  ...of('memory', 'type', [
    `Tuple(${Array.from({ length: 400 }, () => 'FixedString(16777215)').join(', ')})`,
  ]),
  ...of('time', 'query', [
    'SELECT sum(cityHash64(a.id, b.id, c.id)) AS s FROM big AS a CROSS JOIN big AS b CROSS JOIN big AS c',
    'SELECT (SELECT sum(sipHash64(a.id, b.id, c.id)) FROM big AS a, big AS b, big AS c) AS s',
    "SELECT count() FROM big AS a, big AS b, big AS c WHERE match(toString(a.id * b.id * c.id), '^(a+)+$')",
    'SELECT count() FROM big AS a, big AS b, big AS c GROUP BY a.id % 2',
    'WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + (SELECT count() FROM big AS a, big AS b, big AS c) FROM x) SELECT * FROM x',
  ]),
  ...of('time', 'where', [
    'id = (SELECT sum(cityHash64(a.id, b.id, c.id)) FROM big AS a, big AS b, big AS c)',
    'id IN (SELECT cityHash64(a.id, b.id, c.id) FROM big AS a, big AS b, big AS c WHERE a.id = 1)',
  ]),
]
