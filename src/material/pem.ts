/** One PEM block (RFC 7468), decoded. */
export interface PemBlock {
  /** `CERTIFICATE`, `ENCRYPTED PRIVATE KEY`, … */
  readonly label: string;
  readonly der: Buffer;
  /** The block as it should have been written: LF line ends, 64 columns, RFC 1421 headers kept. */
  readonly text: string;
  /** RFC 1421 headers such as `Proc-Type: 4,ENCRYPTED`: the mark of a key in OpenSSL's old encryption. */
  readonly headers: string;
}

const BOUNDARY = /-----(BEGIN|END) ([A-Z0-9 ]+)-----/g;
const HEADERS = /^\s*((?:[\w-]+:.*\n(?:[ \t].*\n)*)+)\s*\n/;

/**
 * Every block of `text`, in order. What stands between blocks (comments, `subject=` lines, a byte order mark) is passed
 * over, CRLF and a missing final newline are taken, and so are line breaks that arrived as the two characters `\n`. A
 * block without its end is none. The time is linear in the text: a file of nothing but begins must not hold the agent up.
 */
export function parsePem(text: string): PemBlock[] {
  const normal = text.replaceAll('\\n', '\n').replace(/\r\n?/g, '\n');
  const blocks: PemBlock[] = [];
  let begin: { label: string; bodyAt: number } | undefined;
  for (const { 0: boundary, 1: edge, 2: label = '', index } of normal.matchAll(BOUNDARY)) {
    if (edge === 'BEGIN') begin = { label, bodyAt: index + boundary.length };
    else if (begin?.label === label) {
      blocks.push(decode(label, normal.slice(begin.bodyAt, index)));
      begin = undefined;
    }
  }
  return blocks;
}

function decode(label: string, body: string): PemBlock {
  const headers = HEADERS.exec(body)?.[1] ?? '';
  const der = Buffer.from(headers === '' ? body : body.slice(body.indexOf(headers) + headers.length), 'base64');
  return { label, der, headers, text: formatPem(label, der, headers) };
}

/** DER as PEM text that ends in a newline. */
export function formatPem(label: string, der: Buffer, headers = ''): string {
  const body = der.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${headers === '' ? '' : `${headers}\n`}${body}-----END ${label}-----\n`;
}
