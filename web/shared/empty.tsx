import type { ComponentChildren, ComponentType } from 'preact';

/** A place where there is nothing yet, and what to do about it. */
export function Empty({ Icon, title, children }: { Icon: ComponentType; title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="stage-mark">
        <Icon />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
