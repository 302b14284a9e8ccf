/** Envoy pads serial numbers to whole bytes and Node writes capitals, so both sides are compared in this form. */
export function normalSerial(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '');
}
