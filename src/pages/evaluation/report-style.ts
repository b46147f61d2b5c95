/** The page's look: light and dark by the reader's setting, one column on a phone, and ink alone on paper. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--line:light-dark(#ddd,#3a3a3f);--soft:light-dark(#5b5b63,#aaaab2);--page:light-dark(#fff,#17171a);--card:light-dark(#f5f6f8,#222227);--right:light-dark(#1f7a4d,#4cc38a);--wrong:light-dark(#c2410c,#ff8b4d);--accent:light-dark(#2f5fd0,#86a8ff)}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1.5rem;background:var(--page)}
h1{margin:0 0 .25rem;font-size:1.7rem;line-height:1.25;overflow-wrap:anywhere}h2{margin:2.5rem 0 .75rem;font-size:1.3rem;border-top:1px solid var(--line);padding-top:1.25rem;overflow-wrap:anywhere}h3{margin:1.75rem 0 .5rem;font-size:1.05rem}
header p,footer,figcaption,.id,caption,.cards span,small{color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1rem 0}.card{background:var(--card);border-radius:.6rem;padding:.75rem 1rem}
dt{font-size:.85rem;color:var(--soft)}dd{margin:0}.cards strong{display:block;font-size:1.6rem;line-height:1.3;font-variant-numeric:tabular-nums}.cards span,.cards small{display:block;font-size:.85rem}
.scroll{overflow-x:auto;margin:.75rem 0}table{border-collapse:collapse;font-variant-numeric:tabular-nums;min-width:min(100%,24rem)}caption{text-align:left;font-size:.85rem;padding-bottom:.3rem}
th,td{text-align:right;padding:.25rem .75rem .25rem 0;font-weight:400;vertical-align:top;border-bottom:1px solid var(--line)}th:first-child{text-align:left}thead th{color:var(--soft);font-size:.85rem}td small{display:block}td{white-space:nowrap}.facts dd,.id{white-space:normal}.pairs td:first-of-type,.pairs thead th:nth-child(2){text-align:left}.pairs table{min-width:0}.beside{display:flex;flex-wrap:wrap;gap:0 2.5rem;align-items:flex-start}.beside figure{flex:1 1 26rem;min-width:0}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.5rem}
figure{margin:1rem 0}figcaption{font-size:.85rem;max-width:44rem}.plot{width:100%;height:auto;display:block}.plot text{fill:currentColor;font-size:10px}.reliability{max-width:440px}.reliability text{font-size:11px}
.grid{stroke:var(--line);stroke-width:.5}.bar{fill:var(--accent);fill-opacity:.75}.count{fill:var(--soft);fill-opacity:.5}.dot{fill:var(--page);stroke:currentColor;stroke-width:1.2}.diagonal{stroke:currentColor;stroke-dasharray:4 4}
.confusion .right{fill:var(--right)}.confusion .wrong{fill:var(--wrong)}.confusion text.over{fill:var(--page);font-weight:600}
.pictures{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1rem;margin:1rem 0}.pictures>li{break-inside:avoid;min-width:0;overflow-wrap:anywhere}.pictures img,.nothing{width:100%;aspect-ratio:1;object-fit:contain;background:var(--card);border-radius:.5rem}.nothing{display:grid;place-items:center;color:var(--soft)}
.pictures p{margin:.3rem 0 0}.pictures ul{list-style:none;padding:0;margin:0}.no b{color:var(--wrong)}.yes b{color:var(--right)}.id{font-size:.75rem;line-height:1.3}
meter{width:5rem;height:.9rem;vertical-align:middle}details{margin:.75rem 0}summary{cursor:pointer;color:var(--accent)}code{overflow-wrap:anywhere;background:var(--card);border-radius:.25rem;padding:.05rem .3rem}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1.25rem}.facts dd{overflow-wrap:anywhere}ul.prompts{padding-left:1.25rem}
@media(max-width:40rem){body{padding:1rem}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}.cards{grid-template-columns:1fr 1fr}.pictures{grid-template-columns:1fr 1fr}.cards strong{font-size:1.3rem}}
@media print{:root{color-scheme:light}body{max-width:none;padding:0}details::details-content{content-visibility:visible;block-size:auto}h2,h3,caption{break-after:avoid}figure,.card,tr{break-inside:avoid}*{print-color-adjust:exact}}
`;
