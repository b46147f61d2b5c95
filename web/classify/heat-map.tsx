import { useEffect, useRef } from 'preact/hooks';

const CELLS = 7;

/** How much each part of the picture matters, laid over it: what matters stays clear, the rest is dimmed. */
export function HeatMap({ cells }: { cells: readonly number[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const pixels = context.createImageData(CELLS, CELLS);
    for (const [i, heat] of cells.entries()) pixels.data.set([12, 14, 12, Math.round(185 * (1 - heat) ** 1.3)], 4 * i);
    context.putImageData(pixels, 0, 0); // the browser smooths it as it scales it
  }, [cells]);
  return <canvas ref={canvas} class="heat" width={CELLS} height={CELLS} role="img" aria-label="The parts that matter most are bright" />;
}
