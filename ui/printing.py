"""Print styles: Ctrl+P gives clean A4 sheets."""

from ui.asset import asset

PAPER = f"<style>{asset('printing.css')}</style><script>{asset('printing.js')}</script>"
