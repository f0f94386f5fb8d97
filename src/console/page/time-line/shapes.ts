import type { Shape } from '../words/outcomes.ts';

/** Draws the mark of an outcome in the current colours: the same shapes as beside the words. */
export function drawShape(context: CanvasRenderingContext2D, shape: Shape, x: number, y: number, radius: number): void {
  context.beginPath();
  outline(context, shape, x, y, radius);
  if (shape === 'cross' || shape === 'ring' || shape === 'dash') {
    context.lineWidth = 1.75;
    context.stroke();
  } else context.fill();
}

function outline(context: CanvasRenderingContext2D, shape: Shape, x: number, y: number, radius: number): void {
  switch (shape) {
    case 'disc':
      context.arc(x, y, radius, 0, 2 * Math.PI);
      return;
    case 'ring':
      context.arc(x, y, radius - 0.5, 0, 2 * Math.PI);
      return;
    case 'cross':
      line(context, [x - radius, y - radius, x + radius, y + radius]);
      line(context, [x + radius, y - radius, x - radius, y + radius]);
      return;
    case 'dash':
      line(context, [x - radius, y, x + radius, y]);
      return;
    case 'square':
      context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      return;
    case 'triangle':
      polygon(context, [x, y - radius - 1, x + radius + 0.5, y + radius, x - radius - 0.5, y + radius]);
      return;
    case 'diamond':
      polygon(context, [x, y - radius - 1, x + radius + 1, y, x, y + radius + 1, x - radius - 1, y]);
  }
}

function line(context: CanvasRenderingContext2D, [x1, y1, x2, y2]: readonly [number, number, number, number]): void {
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
}

function polygon(context: CanvasRenderingContext2D, points: readonly number[]): void {
  for (let at = 0; at < points.length; at += 2) context.lineTo(points[at] ?? 0, points[at + 1] ?? 0);
  context.closePath();
}
