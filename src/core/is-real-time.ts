/** Whether the calendar and the clock have this time, written `2024-02-29T23:59:59`: Date takes 30 February for 1 March. */
export function isRealTime(iso: string): boolean {
  const time = new Date(`${iso}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === iso;
}
