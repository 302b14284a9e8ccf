import type { SecretDocument, StatusDocument } from './document.ts';

/** What the page says beside `/status`. */
export interface PageFacts {
  readonly document: StatusDocument;
  /** Why it is not ready, Envoy's own word included; undefined: it is. */
  readonly reason: string | undefined;
  readonly now: Date;
}

/** No script, nothing from elsewhere: the page may be read through a tunnel, and subjects and names in it are others' words. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** As often as a poll of the agent can have changed something, nearly. */
const REFRESH_S = 5;

const STAGES = { missing: ['bad', 'missing'], delivered: ['fair', 'delivered, not proven'], proven: ['good', 'proven on the wire'] } as const;

/** For people, at a glance: ready or why not, and of each secret what is held, until when, and what is wrong. */
export function renderPage({ document, reason, now }: PageFacts): string {
  const { endpoint, generation, envoy, secrets } = document;
  const state = reason === undefined ? badge('good', 'ready') : badge('bad', 'not ready');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_S}">
<title>${reason === undefined ? '✔' : '✘'} ${escape(endpoint)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escape(endpoint)}</h1> ${state}</header>
${reason === undefined ? '' : `<p class="bad">${escape(reason)}</p>\n`}<p>Envoy is ${escape(envoy.state)}${envoy.pid === undefined ? '' : `, pid ${envoy.pid}`} · generation ${generation} · ${escape(clock(now))}</p>
${secrets.map((secret) => section(secret, now)).join('\n')}
<footer><a href="/status">/status</a> <a href="/metrics">/metrics</a> <a href="/ready">/ready</a> <a href="/live">/live</a></footer>
</body>
</html>
`;
}

function section({ name, kind, sources, stage, sourceVersion, certificates, revocation = [], problem, refused }: SecretDocument, now: Date): string {
  const [tone, words] = STAGES[stage];
  return [
    '<section>',
    `<h2>${kind} ${escape(name)} ${badge(tone, words)}</h2>`,
    `<p>from ${escape(sources.join(', '))}${sourceVersion === undefined ? '' : ` · version <code>${escape(sourceVersion)}</code>`}</p>`,
    ...(problem === undefined ? [] : [`<p class="bad">${escape(clock(problem.at))}: ${escape(problem.message)}${problem.hint === undefined ? '' : `<br>${escape(problem.hint)}`}</p>`]),
    ...(refused === undefined ? [] : [`<p class="bad">refused since ${escape(clock(refused.since))}: version <code>${escape(refused.sourceVersion)}</code>, ${escape(refused.message)}</p>`]),
    ...(certificates.length === 0 ? [] : [`<table><tr><th>subject<th>serial<th>names<th>until</tr>${certificates.map((certificate) => row(certificate, now)).join('')}</table>`]),
    ...revocation.map(({ issuer, nextUpdate }) => `<p>revocation list of ${escape(issuer)}${nextUpdate === undefined ? '' : `, ${until(nextUpdate, now)}`}</p>`),
    '</section>',
  ].join('\n');
}

function row({ subject, serial, names, notAfter }: SecretDocument['certificates'][number], now: Date): string {
  return `<tr><td>${escape(subject)}<td><code>${escape(serial)}</code><td>${escape(names.join(', '))}<td>${until(notAfter, now)}</tr>`;
}

const DAY_MS = 86_400_000;
/** What ends within a week is somebody's work this week. */
const SOON_DAYS = 7;

function until(end: Date, now: Date): string {
  const days = (end.getTime() - now.getTime()) / DAY_MS;
  const left = days < 0 ? 'over' : days < 2 ? `${Math.floor(days * 24)} h left` : `${Math.floor(days)} days left`;
  return `${escape(clock(end))} ${badge(days < 0 ? 'bad' : days < SOON_DAYS ? 'fair' : 'good', left)}`;
}

function badge(tone: 'good' | 'fair' | 'bad', words: string): string {
  return `<b class="${tone}">${escape(words)}</b>`;
}

function clock(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; gap: 1rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .3rem; }
section { border: 1px solid #8884; border-radius: .5rem; padding: .8rem 1rem; margin: 1rem 0; overflow-x: auto; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top; } th { font-weight: normal; opacity: .7; }
p { margin: .2rem 0; } code { font-size: .9em; }
b { font-weight: 600; padding: 0 .4em; border-radius: .3em; } .good { color: #187a3c; } .fair { color: #a05a00; } .bad { color: #c0262d; }
@media (prefers-color-scheme: dark) { .good { color: #5ad18a; } .fair { color: #f0b45a; } .bad { color: #ff7b7b; } }
footer { opacity: .8; } footer a { margin-right: 1rem; color: inherit; }
`;
