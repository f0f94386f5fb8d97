const PATHS = {
  overview: 'M3 5h14M3 10h14M3 15h14M12 3v14',
  schedules: 'M4 5.5h.01M4 10h.01M4 14.5h.01M7.5 5.5H17M7.5 10H17M7.5 14.5H17',
  cluster: 'M10 3v4M10 7 5 13M10 7l5 6M5 13a2 2 0 1 0 .01 0M15 13a2 2 0 1 0 .01 0M10 3a2 2 0 1 0 .01 0',
  pool: 'M3 16V9M7.7 16V4M12.3 16v-5M17 16V7',
  plugins: 'M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM13.5 11v5M11 13.5h5',
  audit: 'M5 3h7l3 3v11H5zM8 9h4M8 12h4',
  search: 'M9 4a5 5 0 1 0 .01 0M13 13l4 4',
  sun: 'M10 7a3 3 0 1 0 .01 0M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4',
  moon: 'M16 12A7 7 0 0 1 8 4a6.5 6.5 0 1 0 8 8z',
  system: 'M3 4h14v9H3zM7 17h6M10 13v4',
  keyboard: 'M2 5h16v10H2zM5 8h.01M8 8h.01M11 8h.01M14 8h.01M6 12h8',
  play: 'M6 4l10 6-10 6z',
  pause: 'M7 4v12M13 4v12',
  move: 'M10 3a7 7 0 1 0 .01 0M10 6v4l3 2',
  stop: 'M5 5h10v10H5z',
  reload: 'M16 10a6 6 0 1 1-2-4.5M16 3v3.5h-3.5',
  left: 'M12 4l-6 6 6 6',
  right: 'M8 4l6 6-6 6',
  close: 'M5 5l10 10M15 5 5 15',
  alert: 'M10 3 2.5 16.5h15zM10 8v4M10 14.2h.01',
  fine: 'M4 10.5l4 4 8-9',
} as const;

export type IconName = keyof typeof PATHS;

/** A small drawing beside words; it says nothing by itself. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
