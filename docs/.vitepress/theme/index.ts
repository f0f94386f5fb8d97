import DefaultTheme from 'vitepress/theme-without-fonts';
import './dial.css';

export default DefaultTheme;
